(() => {
  const box = (r) => [r.x + scrollX, r.y + scrollY, r.width, r.height];
  const named = (e) => e.tagName.toLowerCase() + (e.className ? "." + [...e.classList].join(".") : "");
  const runs = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest("style, script")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((r) => r.width > 0.5 && r.height > 0.5);
    if (!rects.length) continue;
    let covered = false, clipped = false;
    for (const r of rects) {
      const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
      if (!top || !(top === parent || top.contains(parent) || parent.contains(top))) covered = true;
      for (let e = parent; e && e !== document.body; e = e.parentElement) {
        const style = getComputedStyle(e);
        if (style.overflowX === "visible" && style.overflowY === "visible") continue;
        const around = e.getBoundingClientRect();
        if (r.left < around.left - 1 || r.right > around.right + 1 || r.top < around.top - 1 || r.bottom > around.bottom + 1)
          clipped = true;
      }
    }
    runs.push({
      text: node.data, where: named(parent), size: parseFloat(getComputedStyle(parent).fontSize),
      boxes: rects.map(box), covered, clipped,
    });
  }
  const links = [...document.querySelectorAll("a[href]")].map((a) => ({
    href: a.getAttribute("href"), text: a.innerText, box: box(a.getBoundingClientRect()),
  }));
  const pictures = [...document.images].map((i) => ({
    alt: i.alt, box: box(i.getBoundingClientRect()), shown: i.complete && i.naturalWidth > 0,
  }));
  const selection = getSelection();
  selection.selectAllChildren(document.body);
  const selected = selection.toString();
  selection.removeAllRanges();
  return {
    scrollWidth: document.documentElement.scrollWidth, runs, links, pictures, selected,
    direction: getComputedStyle(document.querySelector("h1, p")).direction,
  };
})()
