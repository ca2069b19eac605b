// Nodemailer's pool. Called as `node nodemailer_pool.js MODULES FOLDER PORT CONNECTIONS COUNT`; begins and ends as
// driver.py does: says `ready`, waits for a line, works, prints one JSON document.
const [modules, folder, port, connections, count] = process.argv.slice(2);
const fs = require("fs");
const nodemailer = require(modules + "/node_modules/nodemailer");

const people = JSON.parse(fs.readFileSync(folder + "/people.json", "utf8")).slice(0, Number(count));
const text = fs.readFileSync(folder + "/mail.txt", "utf8");
const html = fs.readFileSync(folder + "/mail.html", "utf8");
const merge = (template, row) => template.replace(/{{ (\w+) }}/g, (_, name) => row[name]);

const transporter = nodemailer.createTransport({
  pool: true, host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true,
  maxConnections: Number(connections), maxMessages: Infinity,
});

function sendAll() {
  const begin = process.hrtime.bigint(), cpu = process.cpuUsage();
  let next = 0, done = 0;
  const more = () => {
    while (transporter.isIdle() && next < people.length) {
      const row = people[next++];
      transporter.sendMail({
        from: "Eastport Mill Press <press@example.org>",
        to: { name: row.first_name + " " + row.last_name, address: row.email },
        subject: "Tide mill at Eastport grinds flour again after ninety years",
        text: merge(text, row), html: merge(html, row),
      }, (error) => {
        if (error) throw error;
        if (++done === people.length) {
          const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
          const { user, system } = process.cpuUsage(cpu);
          console.log(JSON.stringify({
            deliver_s: seconds, deliver_cpu_s: (user + system) / 1e6, peak_mb: process.resourceUsage().maxRSS / 1000,
          }));
          transporter.close();
          process.exit(0);
        }
      });
    }
  };
  transporter.on("idle", more);
  more();
}

console.log("ready");
process.stdin.once("data", sendAll);
