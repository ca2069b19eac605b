"""Quotes and their speakers: a table of forms for each language, and of texts that are not quotes."""

from __future__ import annotations

import pytest

from mailer.release.quotes.quoting import find_quotes
from mailer.release.values import Block, Heading, Paragraph, Quote, Span


def blocks(text: str) -> list[Block]:
    """Return the paragraphs between blank lines; `> ` begins a block quote, `# ` a heading."""
    made: list[Block] = []
    for part in text.split("\n\n"):
        inline = (Span(part.lstrip("># ")),)
        made.append(Quote((inline,)) if part[0] == ">" else Heading(inline) if part[0] == "#" else Paragraph(inline))
    return made


def speakers(text: str, language: str) -> list[str]:
    return [one.speaker.name for one in find_quotes(blocks(text), language)]


ENGLISH = [
    ("“The pier is open again,” said Ann Bell.", ["Ann Bell"]),
    ("“The pier is open again,” Ann Bell said.", ["Ann Bell"]),
    ("“The pier is open again,” said the trust’s director, Ann Bell.", ["Ann Bell"]),
    ("“The pier is open again,” beams Ann Bell, who ran the appeal.", ["Ann Bell"]),
    ('"The pier is open again!" exclaimed harbour master Tom Ash of the Port Ellen Trust.', ["Tom Ash"]),
    ("‘The members’ boats are safe and they don’t leak,’ said Ann Bell. ‘It’s a relief.’", ["Ann Bell"]),
    ("'The members are safe and they don't leak,' said Ann Bell. 'It's a relief.'", ["Ann Bell"]),
    ("Ann Bell, director of the Harbour Trust, said: “The pier is open.”", ["Ann Bell"]),
    ("Ann Bell said the pier was ready. “We open at nine,” she added.", ["Ann Bell"]),
    ("In a statement, Environment Secretary Tom Ash said, “This is what the coast has needed for years.”", ["Tom Ash"]),
    ("Ann Bell, Member for Climate and Open Spaces, said: “The pier is open.”", ["Ann Bell"]),
    ("“The pier is open again,” said Al Bell, who ran the appeal.", ["Al Bell"]),
    ("“The pier is open again,” said Del Bell, who ran the appeal.", ["Del Bell"]),
    ("Marlpit Lane resident Winston Greaves, 71, said: “I name it after my wife.”", ["Winston Greaves"]),
    ("Loud Hands artistic director Rhodri Vaughan (who is deaf) said: “You see all hands.”", ["Rhodri Vaughan"]),
    ("According to Ann Bell, “nobody on the island had believed that it could be done.”", ["Ann Bell"]),
    ("“I am proud of the crew,” said Acting Harbour Master Tom Ash. “They worked all night.”", ["Tom Ash"]),
    ("“Thieves cost us all,” said U.S. Attorney Mary J. Poe for the Eastern District.", ["Mary J. Poe"]),
    ("“This never should have happened,” said Secretary of State Mary Poe.", ["Mary Poe"]),
    (
        "“This never should have happened,” said Assistant Attorney General Mary Poe of the Antitrust Division.",
        ["Mary Poe"],
    ),
    ("“We will not rest,” Governor Poe said.", ["Poe"]),
    ("“We will not rest,” said Chief Constable Dr Tom Ash QPM.", ["Tom Ash"]),
    ("“The data are clear,” said lead author Dr. Ines O’Dowd, a biologist at Example University.", ["Ines O’Dowd"]),
    ("“The data are clear,” said Professor Sir Tom Ash from the School of Medicine.", ["Tom Ash"]),
    ("“A,” he said. Nothing else was known.", []),
    ("“The pier works,” she said at the meeting.", [""]),
    ("According to the mayor, Tom Ash, “the pier is ours”.", ["Tom Ash"]),
    ("Tom Ash, the mayor, said: Please come to the pier. It takes two minutes.", ["Tom Ash"]),
    ("Tom Ash, the mayor, said: 40 boats.", []),
    ("Tom Ash’s niece, Ann Bell, was handed a copy. “He did not get home,” she said.", ["Ann Bell"]),
    ("Tom Ash: “We built this for the children of the street.”", ["Tom Ash"]),
    (
        "Commenting on the award, Tom Ash, chief executive at Example Ltd, says: “It belongs to the night shift.”",
        ["Tom Ash"],
    ),
    ("“It belongs to the night shift,” commented Tom Ash, CEO and co-founder of Example Ltd.", ["Tom Ash"]),
    ("“It belongs to the night shift” – Tom Ash, CEO, Example Ltd", ["Tom Ash"]),
    ("“It belongs to the night shift.” (Tom Ash, CEO)", ["Tom Ash"]),
    ("“It belongs to the night shift.”\nTom Ash, CEO, Example Ltd", ["Tom Ash"]),
    ("“It belongs to the night shift.”\n\nTom Ash, CEO, Example Ltd", ["Tom Ash"]),
    ("> It belongs to the night shift, all of it.\n\nTom Ash\n\nThe plant opened in 1911.", ["Tom Ash"]),
    ("Tom Ash said:\n\n“It belongs to the night shift.”", ["Tom Ash"]),
    ("Commenting, chief executive Tom Ash said:\n\nWe are proud of what our night shift has built here.", ["Tom Ash"]),
    ("“It belongs to the night shift,” said Tom Ash. “They asked for nothing.\n\n“We gave them a clock.”", ["Tom Ash"]),
    (
        "Tom Ash said: “It belongs to the night shift.\n\n“They asked for nothing.\n\n“We gave them a clock.”",
        ["Tom Ash"],
    ),
    ("“The nets were full,” said Ann Bell.\n\n“We had to stop,” said Tom Ash.", ["Ann Bell", "Tom Ash"]),
    ("Mayor Tom Ash opened the pier.\n\n“This is a good day for all of us,” the mayor said.", ["Tom Ash"]),
    ("The trust’s director, Ann Bell, came.\n\n“This is a good day for all of us,” said the director.", ["Ann Bell"]),
    ("Ann Bell came at noon.\n\n“This is a good day for all of us,” said Ms Bell.", ["Ann Bell"]),
    ("“The pier is open again,” said a spokesperson for the Harbour Trust.", ["a spokesperson for the Harbour Trust"]),
    ("“The pier is open again,” the Harbour Trust said in a statement.", ["Harbour Trust"]),
    ("“The pier is open again for everybody,” said Ann Bell.\n\n> The pier is open again for everybody", ["Ann Bell"]),
    ("> The pier is open again for everybody\n\n“The pier is open again for everybody,” said Ann Bell.", ["Ann Bell"]),
    ("Headteacher Olive Parr said pupils had voted. “They want the one with the conkers,” she said.", ["Olive Parr"]),
    ("“When she said ‘never again’ I believed her,” said Tom Ash.", ["Tom Ash"]),
    ("“We had no choice but to leave,” said Tom Ash, 43, from Port Ellen.", ["Tom Ash"]),
    ("“We had no choice but to leave,” recalls farmer Tom Ash.", ["Tom Ash"]),
    ("“We had no choice but to leave,” said Maria de la Cruz, Tom Ash’s neighbour.", ["Maria de la Cruz"]),
    ("“We had no choice but to leave,” said NHS Example chief executive Ann Bell.", ["Ann Bell"]),
    (
        "“Today we say to polluters: you pay,” Attorney General Rosa Castellano said in announcing the suit.",
        ["Rosa Castellano"],
    ),
    ("Ann Bell described the vote as “the best thing that has happened to this coast in years”.", ["Ann Bell"]),
    ('Cllr Ann Bell, Cabinet Member for Parks, said: "Every child should have a swing."', ["Ann Bell"]),
    ("“The nets were full,” Bell said.\n\nThe boat is run by Ann Bell.", ["Ann Bell"]),
    ("“Nobody called for the boat,” laughed June Bell, the coxswain.", ["June Bell"]),
    ("“It was cold,” Jo Park said. “It was also early.”", ["Jo Park"]),
    ("“It was cold.” (Jo Park)", ["Jo Park"]),
    (
        "“It was cold,” said Ann Bell. Tom Ash agreed. “It was also early,” he said.",
        ["Ann Bell", "Tom Ash"],
    ),
    ("“We ate apples,” said Ann Bell, adding: “They were ours.”", ["Ann Bell"]),
    ("“We ate apples,” said his mother, who asked not to be named.", ["his mother"]),
    (
        "Ann Bell said: “We are glad.\n\n“The pier opens in all weathers.”\n\n> The pier opens in all weathers.",
        ["Ann Bell"],
    ),
]
GERMAN = [
    ("„Das Haus gehört jetzt allen“, sagt Anna Moor, Leiterin der Stiftung.", ["Anna Moor"]),
    ("„Das Haus gehört jetzt allen“, so Bürgermeisterin Anna Moor. „Und das bleibt so.“", ["Anna Moor"]),
    ("»Das Haus gehört jetzt allen«, erklärt Umweltministerin Dr. Anna Moor (Grüne).", ["Anna Moor"]),
    ('"Das Haus gehört jetzt allen", betonte Projektleiter Jan-Peter Ott am Montag.', ["Jan-Peter Ott"]),
    ("Dazu Landrat Jan Ott: „Wir haben lange darauf gewartet.“", ["Jan Ott"]),
    ("Dazu erklärt die Sprecherin der Stiftung, Anna Moor:\n\n„Wir haben lange darauf gewartet.“", ["Anna Moor"]),
    (
        "Zum Tag der Meere erklärt Anna Moor, Sprecherin für Fischerei:\n\nWir brauchen endlich ein Gesetz.",
        ["Anna Moor"],
    ),
    ("Bundesministerin Anna Moor: „Das Meer verhandelt nicht, und wir haben keine Zeit.“", ["Anna Moor"]),
    ("Anna Moor leitet das Haus.\n\n„Das Haus gehört jetzt allen“, sagt sie. „Alle dürfen hinein.“", ["Anna Moor"]),
    ("Ministerin Anna Moor kam um zehn.\n\n„Das Haus gehört jetzt allen“, sagte die Ministerin.", ["Anna Moor"]),
    ("„Das Haus“, sagt Anna Moor, „gehört jetzt allen, die hier wohnen.“", ["Anna Moor"]),
    ("„Das Haus gehört jetzt allen“, freut sich Hafenkapitän Jan Ott.", ["Jan Ott"]),
    (
        "„Das Haus gehört jetzt allen“, unterstreicht Prof. Dr. Anna von der Moor von der Universität Beispielstadt.",
        ["Anna von der Moor"],
    ),
    ("Jan Ott, Geschäftsführer der Beispiel GmbH, ergänzt: „Wir bauen weiter.“", ["Jan Ott"]),
    ("Laut Anna Moor ist das Haus „ein Ort, an dem niemand nach Geld gefragt wird“.", ["Anna Moor"]),
    ("„Das Haus gehört jetzt allen“, sagt Moor.\n\nAnna Moor leitet die Stiftung.", ["Anna Moor"]),
    ("„Das Haus gehört jetzt allen.“\n(Anna Moor, Leiterin)", ["Anna Moor"]),
    (",,Das Haus gehört jetzt allen'', sagt Anna Moor.", ["Anna Moor"]),
    ("„Das Haus gehört allen“, teilte die Beispiel GmbH mit.", ["Beispiel GmbH"]),
    (
        "Jan Ott sagte: „Wir haben Tee gekocht.“ Anna Moor kam; sie habe, sagte sie, „noch nie so viel Tee gesehen“.",
        ["Jan Ott", "Anna Moor"],
    ),
    ("„Jeder hat eine Tür“, ist Jan Ott überzeugt.", ["Jan Ott"]),
    (
        "Erklärung von Anna Moor, Präsidentin:\n\n„Das Gesetz ist überfällig und doch zu spät.“",
        ["Anna Moor"],
    ),
    ("Zuvor hatte Anna Moor, Leiterin des Museums, die Gäste begrüßt.\n\n„Wir sind ein Haus für alle.“", ["Anna Moor"]),
]
FRENCH = [
    ("« Le port appartient à tous », déclare Anne Roche, présidente de l’association.", ["Anne Roche"]),
    ("« Le port appartient à tous », a déclaré la ministre, Anne Roche.", ["Anne Roche"]),
    ("« Le port, explique Anne Roche, directrice du musée, appartient à tous depuis ce matin. »", ["Anne Roche"]),
    ('"Le port appartient à tous", souligne M. Roche.\n\nJean Roche préside l’association.', ["Jean Roche"]),
    ("Anne Roche, maire de Saint-Exemple, se réjouit : « Le port appartient à tous. »", ["Anne Roche"]),
    (
        "Pour Anne Roche, le projet est mûr : « Nous avons attendu dix ans avant de poser la première pierre. »",
        ["Anne Roche"],
    ),
    ("Anne Roche dirige le musée.\n\n« Le port appartient à tous », ajoute-t-elle.", ["Anne Roche"]),
    ("Anne Roche dirige le musée.\n\n« Le port appartient à tous », a-t-elle ajouté.", ["Anne Roche"]),
    ("La préfète Anne Roche a visité le port. « Il appartient à tous », a souligné la préfète.", ["Anne Roche"]),
    ("« Le port appartient à tous.\n\n« Il ne sera pas vendu », conclut Anne Roche.", ["Anne Roche"]),
    ("« Le port appartient à tous »\n\nAnne ROCHE, directrice générale", ["Anne ROCHE"]),
    ("« Le port appartient à tous » – Anne Roche, directrice générale", ["Anne Roche"]),
    ("Selon le docteur Paul Le Goff, « aucun des patients n’a dû revenir à l’hôpital ».", ["Paul Le Goff"]),
    ("– Nous avons gagné, s’exclame Anne Roche. Elle lève les bras.", ["Anne Roche"]),
    ("« Le port appartient à tous », témoigne Karim, pêcheur.", ["Karim"]),
    (
        "« Le lait est un métier, et il ne s’apprend pas en un jour. » Ainsi Jean Roche a ouvert le congrès.",
        ["Jean Roche"],
    ),
    ("« Il aura fallu neuf ans », a souri Jean Roche.", ["Jean Roche"]),
    ("« Il m’a demandé ce qu’il y avait à dîner », confie sa mère.", ["sa mère"]),
    (
        "Le prix est allé à Jean Roche. Le lauréat a salué son maître : « Il m’a appris à écouter le bois. »",
        ["Jean Roche"],
    ),
]
SPANISH = [
    ("«El puerto es de todos», ha afirmado la alcaldesa, Ana Ruiz.", ["Ana Ruiz"]),
    ("“El puerto es de todos”, señaló Ana Ruiz, directora de la Fundación Mar.", ["Ana Ruiz"]),
    ("“El puerto -explicó Ana Ruiz, alcaldesa de Villar- es de todos los vecinos”.", ["Ana Ruiz"]),
    ("Ana Ruiz ha explicado que “el puerto será de todos los vecinos”.", ["Ana Ruiz"]),
    ("La consejera de Cultura, Ana Ruiz García, ha subrayado: «El puerto es de todos».", ["Ana Ruiz García"]),
    ("Según Ana Ruiz, “el puerto será de todos los vecinos antes del verano”.", ["Ana Ruiz"]),
    ("La alcaldesa Ana Ruiz abrió el acto. “El puerto es de todos”, dijo. “No se vende”, añadió.", ["Ana Ruiz"]),
    (
        "El ministro Juan Gil abrió el acto.\n\n“El puerto es de todos y no se vende”, aseguró el ministro.",
        ["Juan Gil"],
    ),
    ("“El puerto es de todos”, aseguró Gil.\n\nJuan Gil es alcalde desde 2019.", ["Juan Gil"]),
    ("—El puerto es de todos —dijo Ana Ruiz—. No se vende.", ["Ana Ruiz"]),
    ("«El puerto es de todos.\n\n»No se vende», concluyó Ana Ruiz.", ["Ana Ruiz"]),
    (
        "Por su parte, Juan Gil, presidente de la cofradía, agradeció el apoyo: “Sin los vecinos no habría puerto”.",
        ["Juan Gil"],
    ),
    ("El presidente Juan Gil firmó la ley.\n\n“Nadie más cargará el agua”, dijo el mandatario.", ["Juan Gil"]),
    ("Juan Gil dio la salida a las obras. Allí señaló:\n\n“El agua es de quien la cuida”.", ["Juan Gil"]),
    ("“Se oye venir y ya es tarde”, advierte la jefa de Protección Civil, Ana Ruiz.", ["Ana Ruiz"]),
]
ITALIAN = [
    ("«Il porto è di tutti», ha dichiarato il sindaco, Anna Riva.", ["Anna Riva"]),
    ("“Il porto – afferma Anna Riva, presidente della Fondazione Mare – è di tutti, e lo resterà”.", ["Anna Riva"]),
    ("“Siamo orgogliosi del porto, spiega Anna Riva, e non lo venderemo mai”.", ["Anna Riva"]),
    ("Anna Riva, direttrice del museo, commenta: «Il porto è di tutti».", ["Anna Riva"]),
    (
        "L’assessora alla Cultura, Anna Riva, ha aperto la mostra.\n\n«Il porto è di tutti», ha aggiunto l’assessora.",
        ["Anna Riva"],
    ),
    ("Anna Riva ha aperto la mostra. «Il porto è di tutti», ha sottolineato. «Non si vende».", ["Anna Riva"]),
    ("Secondo Anna Riva, «il porto resterà di tutti anche dopo i lavori».", ["Anna Riva"]),
    ('"Il porto è di tutti" - così il Presidente Carlo Neri.', ["Carlo Neri"]),
    ("Il presidente Carlo Neri ha ricordato come “il porto sia stato costruito dai pescatori stessi”.", ["Carlo Neri"]),
    ("«Il porto è di tutti», conclude Neri.\n\nCarlo Neri guida l’ente dal 2019.", ["Carlo Neri"]),
    (
        "“Il porto è di tutti”. Lo ha detto il presidente della Provincia, Carlo Neri.",
        ["Carlo Neri"],
    ),
]
DUTCH = [
    ("‘De haven is van iedereen’, zegt wethouder Anna Bos.", ["Anna Bos"]),
    ("“De haven is van iedereen”, aldus directeur Jan van der Berg van het museum.", ["Jan van der Berg"]),
    ("„De haven is van iedereen”, vertelt Anna Bos. „En dat blijft zo.”", ["Anna Bos"]),
    ("Burgemeester Anna Bos: “De haven is van iedereen en dat blijft zo.”", ["Anna Bos"]),
    ("Volgens Anna Bos is de haven ‘na tien jaar eindelijk weer van de mensen zelf’.", ["Anna Bos"]),
    ("Anna Bos leidt het museum.\n\n“De haven is van iedereen”, vertelt ze. “Kom kijken.”", ["Anna Bos"]),
    ("Minister Anna Bos: ‘Zo’s avonds na zessen is het hier stil, en dat willen we niet.’", ["Anna Bos"]),
    ("“De haven is van iedereen”, laat Jan de Wit weten.", ["Jan de Wit"]),
]
PORTUGUESE = [
    ("“O porto é de todos”, afirmou a prefeita Ana Reis.", ["Ana Reis"]),
    ("“O porto é de todos”, diz Ana Reis, diretora do Instituto Mar.", ["Ana Reis"]),
    ("«O porto é de todos», sublinha o presidente da câmara, João dos Reis.", ["João dos Reis"]),
    ("Segundo a secretária Ana Reis, “o porto será de todos até o fim do ano”.", ["Ana Reis"]),
    ("A prefeita Ana Reis abriu a feira. “O porto é de todos”, destacou.", ["Ana Reis"]),
    ("O ministro João Reis abriu a feira.\n\n“O porto é de todos e não se vende”, disse o ministro.", ["João Reis"]),
    ("“O porto – explica Ana Reis – é de todos, e isso não muda.”", ["Ana Reis"]),
    ("Para Ana Reis, presidente da associação, “o porto é de quem trabalha nele todos os dias”.", ["Ana Reis"]),
    ("“O porto é de todos”, ressalta Reis.\n\nAna Reis dirige o instituto.", ["Ana Reis"]),
]
JAPANESE = [
    ("商品企画部の大西 千尋は次のように述べています。\n「最初の試作品は誰も食べてくれませんでした。」", ["大西 千尋"]),
    ("工場長、岸本 勉氏は「捨てていたものが商品になって戻ってくる」と話しています。", ["岸本 勉"]),
    ("# ■代表取締役 越智晴臣のコメント\n\n「雨の日にこそ歩きたくなる道を作りたいと考えました。」", ["越智晴臣"]),
    ("代表取締役　鈴木花子\n\n「地域の皆さまに長く愛される店にしたいと考えております。」", ["鈴木花子"]),
    ("代表取締役社長の山田太郎は「港はすべての人のものです。これからも守ります」と述べました。", ["山田太郎"]),
    (
        "館長の山田 花子は次のようにコメントしています。\n\n「港はすべての人のものです。これからも守ります。」",
        ["山田 花子"],
    ),
    ("代表取締役社長　山田太郎のコメント\n\n「港はすべての人のものです。これからも守ります。」", ["山田太郎"]),
    ("「港はすべての人のものです。これからも守ります」と山田太郎市長は話しています。", ["山田太郎"]),
    ("「港はすべての人のものです。これからも守ります。」（館長　山田花子）", ["山田花子"]),
    ("会長：山田太郎\n\n同社の山田会長は「港はすべての人のものです。これからも守ります」と語った。", ["山田太郎"]),
    ("「港はすべての人のものです。これからも守ります。」（山田 花子）", ["山田 花子"]),
    ("Example, Inc. CEO Ann Bell\n「港はすべての人のものです。これからも守ります。」", ["Ann Bell"]),
]
CASES = [
    (language, *case)
    for language, cases in (
        ("en", ENGLISH),
        ("de", GERMAN),
        ("fr", FRENCH),
        ("es", SPANISH),
        ("it", ITALIAN),
        ("nl", DUTCH),
        ("pt", PORTUGUESE),
        ("ja", JAPANESE),
    )
    for case in cases
]


@pytest.mark.parametrize("language, text, names", CASES)
def test_quote_is_found_with_whoever_says_it(language: str, text: str, names: list[str]) -> None:
    found = speakers(text, language)
    assert len(found) == len(names), found
    assert all(name in each for name, each in zip(names, found, strict=True)), found


def test_headline_announces_whoever_speaks_below() -> None:
    quotes = find_quotes(
        blocks("“We are sorry.\n\n“We have changed how we work.”"), "en", ["Statement from Ann Bell on the report"]
    )
    assert [one.speaker.name for one in quotes] == ["Ann Bell"]


def test_two_who_speak_in_one_paragraph_are_two_quotes_with_their_words() -> None:
    quotes = find_quotes(blocks("“The nets were full,” said Ann Bell. “We had to stop at once,” said Tom Ash."), "en")
    assert [(one.text, one.speaker.name) for one in quotes] == [
        ("The nets were full", "Ann Bell"),
        ("We had to stop at once", "Tom Ash"),
    ]


def test_what_a_bad_line_end_cut_is_read_as_one_sentence() -> None:
    quotes = find_quotes(blocks("“The nets were full of cod,” said\n\nskipper Ann Bell."), "en")
    assert [(one.speaker.name, one.speaker.role) for one in quotes] == [("Ann Bell", "skipper")]


@pytest.mark.parametrize(
    "language, text",
    [
        ("en", "They call it “the dark pier” here."),
        ("en", "The film “The Long Way Home Again” opens in May, said Ann Bell."),
        ("en", "The play, described by the Gazette as “two hours like a summer in spring”, was written by Ann Bell."),
        ("en", "The campaign is called “Every child deserves a better start in life.”"),
        ("en", "Ann Bell said the “smart” heaters were neither safe nor cheap."),
        ("en", "Section 12 of the Act reads: “No person shall moor a vessel at the public pier.”"),
        ("en", "The 5' 6\" post and the 3\" nail were sold as 'best in class' by the shop."),
        ("en", "Under the motto “Together for the sea and its people,” the trust invites everybody."),
        ("en", "The members’ boats and the boys’ nets are kept in the trust’s shed."),
        ("de", "Die Ausstellung „Als das Meer noch Grenzen hatte“ öffnet am Montag."),
        ("de", "Bürgermeister Jan Ott spricht von einem „starken Zeichen für alle“."),
        ("de", "Unter dem Motto „Wir alle sind das Meer und der Strand“ lädt die Stiftung ein."),
        ("fr", "L’exposition « Quand la mer avait encore des frontières » ouvre lundi."),
        ("fr", "La vigilance « neige-verglas » est levée, selon le préfet Jean Roche."),
        ("es", "La muestra “Cuando el mar aún tenía fronteras” abre el lunes."),
        ("it", "La mostra “Quando il mare aveva ancora confini” apre lunedì."),
        ("nl", "De tentoonstelling ‘Toen de zee nog grenzen had’ opent maandag."),
        ("pt", "A exposição “Quando o mar ainda tinha fronteiras” abre na segunda."),
        ("ja", "新商品「海と港の贈りもの詰め合わせセット」を発売します。"),
        ("ja", "調査では「家族とは別の朝食を毎日用意している」と回答した人が七割でした。"),
    ],
)
def test_terms_titles_mottos_and_laws_are_no_quotes(language: str, text: str) -> None:
    assert speakers(text, language) == []
