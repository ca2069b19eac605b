"""Cities: names of places that open a release without a date or capitals to tell them.

Owns a table of the capitals and large cities from which releases come, in the spellings of `LANGUAGES`. Only helps
where the form of a dateline leaves a doubt; a place that is not here is recognised by its form.
"""

from __future__ import annotations

_NAMES = """
    Amsterdam, Ann Arbor, Antwerpen, Antwerp, Arlington, Athens, Atlanta, Auckland, Augsburg, Austin, Baltimore,
    Bangkok, Barcelona, Basel, Bâle, Beijing, Belfast, Belgrade, Bergen, Berkeley, Berlin, Bern, Berne, Bielefeld,
    Bilbao, Birmingham, Bochum, Bogotá, Bologna, Bonn, Bordeaux, Boston, Boulder, Braga, Brasília, Bratislava,
    Bremen, Brest, Brighton, Brisbane, Bristol, Brno, Brugge, Brussel, Brussels, Bruxelles, Brüssel, Bruselas,
    Bucharest, Budapest, Buenos Aires, Cairo, Calgary, Cambridge, Canberra, Cape Town, Cardiff, Catania, Charlotte,
    Chicago, Cincinnati, Cleveland, Coimbra, Cologne, Columbus, Copenhagen, Córdoba, Curitiba, Dallas, Darmstadt,
    Delft, Den Haag, Denver, Detroit, Dijon, Dortmund, Dresden, Dubai, Dublin, Duisburg, Durham, Düsseldorf,
    Edinburgh, Edmonton, Eindhoven, Erfurt, Erlangen, Essen, Faro, Firenze, Florence, Frankfurt, Frankfurt am Main,
    Freiburg, Fribourg, Geneva, Genève, Genf, Genova, Gent, Glasgow, Gothenburg, Göttingen, Granada, Graz, Grenoble,
    Groningen, Guadalajara, Haarlem, Halifax, Halle, Hamburg, Hannover, Heidelberg, Helsinki, Hong Kong, Honolulu,
    Houston, Indianapolis, Innsbruck, Istanbul, Jakarta, Jena, Jerusalem, Johannesburg, Kansas City, Karlsruhe,
    Kassel, Kiel, Kiev, Kyiv, Köln, Krakow, Kyoto, La Haye, Lagos, Las Vegas, Lausanne, Leeds, Leicester, Leiden,
    Leipzig, Leuven, Liège, Lille, Lima, Linz, Lisboa, Lisbon, Lisbonne, Liverpool, Ljubljana, London, Londres, Los
    Angeles, Luxembourg, Luzern, Lyon, Maastricht, Madison, Madrid, Málaga, Manchester, Manila, Mannheim, Marburg,
    Marseille, Melbourne, Mexico City, Miami, Milan, Milano, Minneapolis, Montpellier, Montréal, Montreal, Moscow,
    Mountain View, Mumbai, Munich, München, Münster, Nairobi, Nantes, Napoli, Nashville, New Delhi, New Haven, New
    Orleans, New York, Newcastle, Nice, Nijmegen, Norwich, Nottingham, Nuremberg, Nürnberg, Oakland, Oslo, Ottawa,
    Oviedo, Oxford, Padova, Palermo, Palo Alto, Paris, París, Parigi, Perth, Philadelphia, Phoenix, Pisa,
    Pittsburgh, Porto, Porto Alegre, Portland, Potsdam, Prague, Praha, Princeton, Providence, Pune, Québec, Quito,
    Raleigh, Recife, Regensburg, Rennes, Reykjavik, Riga, Rio de Janeiro, Roma, Rome, Rostock, Rotterdam, Rouen,
    Saarbrücken, Sacramento, Salamanca, Salt Lake City, Salvador, Salzburg, San Diego, San Francisco, San José, San
    Jose, Santiago, Santiago de Chile, Santiago de Compostela, São Paulo, Saragossa, Seattle, Seoul, Sevilla,
    Seville, Shanghai, Sheffield, Singapore, Sofia, Southampton, Stanford, St. Gallen, St. Louis, Stockholm,
    Strasbourg, Straßburg, Stuttgart, Sydney, Taipei, Tallinn, Tampa, Tel Aviv, The Hague, Tilburg, Tokyo, Tokio,
    Torino, Toronto, Toulouse, Tours, Trieste, Trondheim, Tübingen, Turin, Ulm, Uppsala, Utrecht, Valencia,
    Valladolid, Vancouver, Venezia, Venice, Verona, Victoria, Vienna, Vigo, Vilnius, Warsaw, Washington, Washington
    DC, Washington D.C., Weimar, Wellington, Wien, Wiesbaden, Winnipeg, Winterthur, Wolfsburg, Wuppertal, Würzburg,
    York, Zagreb, Zaragoza, Zürich, Zurich
"""
_JAPANESE = """
    東京 大阪 京都 名古屋 札幌 仙台 横浜 川崎 千葉 さいたま 埼玉 神戸 広島 福岡 北九州 金沢 新潟 静岡 浜松 岡山 熊本
    鹿児島 那覇 沖縄 長崎 松山 高松 奈良 つくば 函館 長野 松本 甲府 盛岡 秋田 山形 福島 宇都宮 前橋 水戸 岐阜 津 大津
    和歌山 鳥取 松江 山口 徳島 高知 佐賀 大分 宮崎 富山 福井 青森 旭川 北海道 愛知 兵庫 神奈川
"""
CITIES = frozenset(name.strip().casefold() for name in _NAMES.replace("\n", " ").split(",")) | frozenset(
    _JAPANESE.split()
)


def is_city(name: str) -> bool:
    """Say whether a text is the name of a city in the table; «Berlin/Bonn» names two."""
    parts = [" ".join(part.split()).casefold() for part in name.replace(" und ", "/").replace(" and ", "/").split("/")]
    return all(part in CITIES for part in parts) and bool(parts)


_REGIONS = """
    Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii,
    Idaho, Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan,
    Minnesota, Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York,
    North Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota,
    Tennessee, Texas, Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming, Puerto Rico, Ontario,
    Quebec, Québec, British Columbia, Alberta, Manitoba, Saskatchewan, Nova Scotia, New Brunswick, England,
    Scotland, Wales, Northern Ireland, Ireland, United Kingdom, Germany, Deutschland, Allemagne, Alemania, Germania,
    Duitsland, Alemanha, France, Frankreich, Francia, Frankrijk, França, Italy, Italia, Italien, Italie, Spain,
    España, Spanien, Espagne, Spagna, Portugal, Brazil, Brasil, Netherlands, The Netherlands, Nederland,
    Niederlande, Belgium, België, Belgique, Belgien, Switzerland, Schweiz, Suisse, Austria, Österreich, Canada,
    Kanada, United States, USA, EE. UU., Estados Unidos, Japan, Japon, India, China, Australia, New Zealand, Sweden,
    Norway, Denmark, Finland, Poland, Ireland, Mexico, México, Argentina, Chile, Colombia, Kenya, South Africa,
    Israel, Turkey, Greece, Singapore, New South Wales, Victoria, Queensland, Bayern, Hessen, Sachsen
"""
REGIONS = frozenset(name.strip().casefold() for name in _REGIONS.replace("\n", " ").split(","))


def is_region(name: str) -> bool:
    """Say whether a text is the name of a state or country in the table."""
    return " ".join(name.split()).casefold() in REGIONS
