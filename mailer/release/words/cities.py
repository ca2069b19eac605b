"""Cities: names of places that open a release without a date or capitals to tell them.

Owns a table of the capitals and large cities from which releases come, in the spellings of `LANGUAGES`. Only helps
where the form of a dateline leaves a doubt; a place that is not here is recognised by its form.
"""

from __future__ import annotations

_NAMES = """
    's-Hertogenbosch, A Coruña, Aachen, Aberdeen, Albacete, Albany, Albuquerque, Alicante, Almere, Almería,
    Amersfoort, Amiens, Amsterdam, Anchorage, Ancona, Angers, Ann Arbor, Annecy, Antwerp, Antwerpen, Aosta,
    Apeldoorn, Aracaju, Arlington, Arnhem, Assen, Asunción, Athens, Atlanta, Auckland, Augsburg, Austin, Aveiro,
    Avignon, Ávila, Badajoz, Bâle, Baltimore, Bamberg, Bangkok, Barcelona, Bari, Basel, Baton Rouge, Bayreuth,
    Beijing, Belém, Belfast, Belgrade, Belo Horizonte, Bergamo, Bergen, Berkeley, Berlin, Bern, Berne, Besançon,
    Bielefeld, Bilbao, Birmingham, Bochum, Bogotá, Boise, Bologna, Bolzano, Bonn, Bordeaux, Boston, Boulder,
    Bradford, Braga, Brasília, Bratislava, Braunschweig, Breda, Bremen, Brescia, Brest, Brighton, Brisbane, Bristol,
    Brno, Brugge, Bruselas, Brussel, Brüssel, Brussels, Bruxelles, Bucharest, Budapest, Buenos Aires, Buffalo,
    Burgos, Cáceres, Cádiz, Caen, Cagliari, Cairo, Calgary, Cali, Cambridge, Campinas, Campobasso, Canberra, Cape
    Town, Caracas, Cardiff, Castellón, Catania, Catanzaro, Charleston, Charlotte, Chemnitz, Chicago, Cincinnati,
    Ciudad de México, Clermont-Ferrand, Cleveland, Coimbra, Cologne, Columbus, Copenhagen, Córdoba, Cork, Cottbus,
    Coventry, Cuenca, Cuiabá, Curitiba, Dallas, Darmstadt, Delft, Den Bosch, Den Haag, Denver, Derby, Des Moines,
    Detroit, Dijon, Dortmund, Dresden, Dubai, Dublin, Duisburg, Dundee, Durham, Düsseldorf, Edinburgh, Edmonton,
    Eindhoven, El Paso, Enschede, Erfurt, Erlangen, Essen, Évora, Exeter, Faro, Ferrara, Firenze, Florence,
    Florianópolis, Fort Worth, Fortaleza, Frankfurt, Frankfurt am Main, Freiburg, Fresno, Fribourg, Funchal, Galway,
    Gelsenkirchen, Geneva, Genève, Genf, Genova, Gent, Gießen, Gijón, Girona, Glasgow, Goiânia, Gothenburg,
    Göttingen, Granada, Graz, Grenoble, Groningen, Guadalajara, Guayaquil, Guimarães, Haarlem, Hagen, Halifax,
    Halle, Hamburg, Hannover, Hartford, Heidelberg, Helsinki, Hilversum, Hong Kong, Honolulu, Houston, Huelva,
    Huesca, Hull, Indianapolis, Innsbruck, Inverness, Istanbul, Jacksonville, Jaén, Jakarta, Jena, Jerusalem, João
    Pessoa, Johannesburg, Kansas City, Karlsruhe, Kassel, Kiel, Kiev, Koblenz, Köln, Konstanz, Krakow, Krefeld,
    Kyiv, Kyoto, L'Aquila, La Habana, La Haye, La Paz, La Rochelle, Lagos, Las Palmas, Las Vegas, Lausanne, Le
    Havre, Lecce, Leeds, Leeuwarden, Leicester, Leiden, Leipzig, Leiria, Lelystad, León, Leuven, Leverkusen, Liège,
    Lille, Lima, Limerick, Limoges, Linz, Lisboa, Lisbon, Lisbonne, Liverpool, Ljubljana, Lleida, Logroño, London,
    Londres, Los Angeles, Louisville, Lübeck, Lucca, Luxembourg, Luzern, Lyon, L’Aquila, Maastricht, Maceió,
    Madison, Madrid, Magdeburg, Mainz, Málaga, Managua, Manaus, Manchester, Manila, Mannheim, Marburg, Marseille,
    Medellín, Melbourne, Memphis, Mendoza, Messina, Metz, Mexico City, Miami, Middelburg, Milan, Milano, Milwaukee,
    Minneapolis, Modena, Mönchengladbach, Monterrey, Montevideo, Montpellier, Montreal, Montréal, Moscow, Mountain
    View, Mulhouse, Mumbai, München, Munich, Münster, Murcia, Nairobi, Nancy, Nantes, Napoli, Nashville, New Delhi,
    New Haven, New Orleans, New York, Newcastle, Nice, Nijmegen, Norwich, Nottingham, Nuremberg, Nürnberg, Oakland,
    Oberhausen, Oklahoma City, Oldenburg, Omaha, Orlando, Orléans, Oslo, Osnabrück, Ottawa, Oviedo, Oxford,
    Paderborn, Padova, Palermo, Palma, Palma de Mallorca, Palo Alto, Pamplona, Parigi, Paris, Parma, París, Passau,
    Pau, Perpignan, Perth, Perugia, Pescara, Philadelphia, Phoenix, Pisa, Pittsburgh, Plymouth, Poitiers,
    Pontevedra, Portland, Porto, Porto Alegre, Potenza, Potsdam, Prague, Praha, Princeton, Providence, Pune, Québec,
    Quito, Raleigh, Ravenna, Recife, Regensburg, Reggio Calabria, Reims, Rennes, Reykjavik, Richmond, Riga, Rimini,
    Rio de Janeiro, Rochester, Roma, Rome, Rostock, Rotterdam, Rouen, Saarbrücken, Sacramento, Saint-Étienne,
    Salamanca, Salerno, Salt Lake City, Salvador, Salzburg, San Antonio, San Diego, San Francisco, San Jose, San
    José, San Juan, San Salvador, San Sebastián, Santa Fe, Santander, Santiago, Santiago de Chile, Santiago de
    Compostela, Santo Domingo, São Luís, São Paulo, Saragossa, Schwerin, Seattle, Segovia, Seoul, Setúbal, Sevilla,
    Seville, Shanghai, Sheffield, Siegen, Siena, Singapore, Sofia, Soria, Southampton, Spokane, St. Gallen, St.
    Louis, St. Paul, Stanford, Stockholm, Strasbourg, Straßburg, Stuttgart, Sunderland, Swansea, Sydney, Syracuse,
    Taipei, Tallinn, Tampa, Tarragona, Tel Aviv, Teresina, Teruel, The Hague, Tilburg, Tokio, Tokyo, Toledo, Torino,
    Bar Harbor, Città del Vaticano, Città di Castello, College Park, College Station, Council Bluffs, Harbour Grace,
    May Pen, Pearl Harbor, Port Elizabeth, Port Harcourt, Port Louis, Port Moresby, Port of Ness, Port of Spain, Port
    Said, Port Stanley, Port Talbot, Port Vila, University City, Vatican City,
    Toronto, Toulon, Toulouse, Tours, Trento, Treviso, Trier, Trieste, Trondheim, Tübingen, Tucson, Tulsa, Turin,
    Udine, Ulm, Uppsala, Utrecht, Valencia, Valladolid, Vancouver, Venezia, Venice, Verona, Vicenza, Victoria,
    Vienna, Vigo, Vilnius, Viseu, Vitoria, Vitória, Wageningen, Warsaw, Washington, Washington D.C., Washington DC,
    Weimar, Wellington, Wien, Wiesbaden, Winnipeg, Winterthur, Wolfsburg, Wuppertal, Würzburg, York, Zagreb,
    Zaragoza, Zürich, Zurich, Zwolle
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
    """Return whether a text is the name of a city in the table; “Berlin/Bonn” names two."""
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
    """Return whether a text is the name of a state or country in the table."""
    return " ".join(name.split()).casefold() in REGIONS
