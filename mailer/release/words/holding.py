"""Holding: the words of a sentence that holds a release back, beside those of `hold_…` in each language.

Owns what may stand in “Please note that all information in this release is strictly embargoed until …” and its like
in any language: a word that is none of these (“the council”, “on tea”) says that the sentence is about something else.
Japanese, whose words nothing parts, has its signs in `head.holds`.
"""

from __future__ import annotations

import re

# articles, prepositions, auxiliaries
_SMALL = """
    a an the this these that those it its we you us your our is are be been may must should shall can could will not
    and or nor in of on for to at from by as with any all until till before after time date day form part whole only
    here hereby within under no do does don't contained herein prior than earlier either every everything nothing has
    have s t hrs hours o'clock

    le la les l un une des du de d ce cet cette ces est sont été être doit doivent peut peuvent ne pas ni et ou à a au
    aux en sur par pour que qu il elle vous nous votre notre vos nos tout toute toutes tous rien jusqu jusque avant
    après dès partir compter heure date jour présent présente présents ci joint dans contenu contenue contenues fixé
    fixée prend fin aucun aucune avoir son sa ses si sous s n soit

    der die das den dem des ein eine einer einem eines dieser diese dieses diesem diesen ist sind darf dürfen muss
    müssen soll sollen kann können wird werden worden sein nicht und oder zu zum zur im in am an auf für von vom bis
    vor ab nach erst es sie wir uns ihnen ihre bei mit unter als alle alles gilt gelten unterliegt unterliegen steht
    stehen läuft endet uhrzeit datum enthalten enthaltenen enthaltene oben unten hier um ja kein keine keinen

    el la los las lo un una unos de del al a en con por para que es está están son sea sean ser puede pueden podrá
    podrán debe deben deberá no ni y o u se su sus este esta esto estos estas le les todo toda todos todas hasta antes
    después desde partir hora fecha día presente contenida contenido contenidos contenidas incluida aquí bajo

    il lo la i gli le l un una uno di del dello della dei degli delle dell dal dalla dalle da al allo alla alle ai agli
    all a in nel nella nelle con per su che è sono sia siano essere può possono potrà deve devono dovrà non né e ed o
    si questo questa questi queste tutto tutta tutti tutte fino sino prima dopo partire ora data giorno presente
    presenti contenuto contenuta contenute contenuti qui sotto ci vi d

    de het een en of van voor vóór op in aan te om tot met bij na is zijn wordt worden mag mogen moet moeten kan kunnen
    niet geen noch dit deze dat die er u we wij ons onze uw alle alles valt vallen staat staan rust rusten geldt gelden
    pas vanaf eerder dan tijd datum dag onder hier t m

    o a os as um uma uns de do da dos das em no na nos nas ao aos à às para por pelo pela com que se é são está estão
    seja sejam ser pode podem poderá deve devem deverá não nem e ou este esta estes estas isto todo toda todos todas
    até antes depois após partir hora data dia presente contida contidas contido contidos aqui sob
"""
# how strictly, and how a reader is asked
_ASKING = """
    strictly strict under absolute full total please kindly note ask asks asked request requests requested reminded
    respect observe observed honour honor honoured honored keep kept hold holding held important attention remain
    remains subject press media journalists editors reporters outlets newsrooms news advance draft copy notice agree
    agreed lift lifts lifted end ends expire expires set applies advised journalist permitted allowed authorised
    authorized ready social web online would want off run sit out put yourself yourselves back further today tonight
    start beginning speech conference briefing launch appear tweet about briefing check checks against delivery
    delivered yet now evening morning afternoon earliest earlier sooner intended meant

    noch encore todavía aún ancora nog ainda

    strict stricte strictement total merci prière prions priés prie veuillez rédactions journalistes médias presse
    respecter attention important bien vouloir demandons demandé note respect rappel soumis soumise soumises sera levé
    média levée lève lever rigoureux rigoureusement avis pouvez pourrez permise autorisée tenir garder réseaux sociaux
    destiné destinée destinés destinées
    nouvel ordre demain conférence peuvent début discours seulement uniquement plus tôt soir séance fait dit en d y n

    streng strikt strenge strikte bitte bitten wir gebeten beachten beachtung achtung wichtig hinweis redaktionen
    medien presse journalisten einzuhalten einhalten einhaltung redaktionelle hörfunk online print tv rundfunk
    agenturen unbedingt absolute erlaubt gestattet geheim halten social web weiteres versehen bringen nichts sich decke
    beginn ende rede pressekonferenz veranstaltung bestimmt heute morgen wort gesprochene abend vormittag nachmittag
    frühester früheste frühesten frühestens erst nur davon darüber einer eine

    estricto estricta estrictamente por favor ruega ruego rogamos respetar respeten respete importante atención medios
    periodistas redacciones prensa solicita solicitamos pedimos pide sujeto sujeta sometido sometida nota finaliza
    termina levanta levantamiento fin riguroso absoluto informativo periodístico acaba apto apta queda permite
    permitida redes sociales guardar usen usar nuevo aviso mañana embargado
    conferencia rueda inicio discurso sólo solo solamente únicamente tarde noche mañana antelación
    comparecencia sobre ello destinado destinada destinados destinadas

    stretto stretta strettamente rigoroso rigorosamente prega preghiamo favore cortesia rispettare importante
    attenzione redazioni giornalisti stampa media soggetto soggetta soggette soggetti sottoposto sottoposta scade
    termina raccomanda chiede chiediamo assoluto giornalistico tenere consentito permesso fine scadenza consentita
    permessa potete social web sui vostri nuovo avviso ordine domani
    destinato destinata destinati destinate
    conferenza inizio discorso solo soltanto solamente sera pomeriggio ne darne notizia esclusivamente

    strikt strikte streng gelieve graag verzoeken verzoek vriendelijk let belangrijk attentie redacties pers media
    journalisten houd houdt respecteren aub vervalt eindigt einde svp opgeheven loopt toegestaan kunt nader nadere
    order bericht even nog pet houden persconferentie begin toespraak alleen pas vroegst avond middag ochtend
    hierover erover bestemd bedoeld

    estrito estrita estritamente rigoroso favor fim queda levantamento levantado permitida permitido autorizada redes
    sociais podem será pede pedimos pedido solicita solicitamos agradecemos respeito respeitar respeitem importante
    atenção redações jornalistas imprensa mídia sujeito sujeita termina cai absoluto aviso nova ordem guardem guardar
    amanhã conferência início discurso só somente apenas noite coletiva imprensa sobre isso antes depois
"""
# what is held back
_MATTER = """
    information informations material materials content contents text story stories news result results finding
    findings study report paper data document announcement article details detail release communication statement pitch
    email message preview fact facts figures press-release copy attached attachment embargo

    communiqué document documents étude résultats rapport contenu texte ensemble données nouvelle annonce dossier
    article éléments message info infos actualité

    mitteilung pressemitteilung medienmitteilung meldung information informationen text inhalt inhalte beitrag studie
    ergebnisse bericht material unterlagen nachricht daten dokument redemanuskript pressetext rede

    información informaciones nota comunicado noticia contenidos material texto estudio resultados informe datos
    documento anuncio artículo

    comunicato comunicati informazione informazioni notizia notizie testo materiale studio risultati rapporto documento
    dati articolo nota

    bericht persbericht informatie tekst materiaal inhoud nieuws nieuwsbericht onderzoek resultaten rapport document
    gegevens mededeling stuk

    informação informações comunicado nota notícia texto material conteúdo estudo resultados relatório dados documento
    anúncio artigo
"""
# until, in languages that have no table
_UNTIL = "til indtil inntil až saakka asti kadar până pana"
_CLOCK = """
    feira ochtends morgens vormittags abends matin mattina mattino manhã tarde
    godz godzina godziny godzinie hod hodin klo kl klokken klockan óra óráig saat
    am pm a p m uhr uur h u hrs ore horas hora heure heures ora midi noon midday mittag minuit midnight time zeit tijd z
    mez mesz gmt bst utc
"""
OWN_WORDS = frozenset(f"{_SMALL} {_ASKING} {_MATTER} {_UNTIL} {_CLOCK}".split())

# with these behind it, a use comes not before: “erst ab”, "only after"
# behind a word for publishing, and at the beginning of its clause, it says from when: “Veröffentlichung ab”
FROM = r"from|(?:erst\s+)?ab|à\s+partir|à\s+compter|dès|a\s+partir|a\s+contar|desde|dal(?:le|l['’])?|vanaf"
ONLY = "only|erst|frühestens|nur|seulement|uniquement|sólo|solo|soltanto|só|somente|apenas|pas|alleen"
AFTER = "after|nach|am|um|après|después|tras|dopo|depois|após|na|om|op|toegestaan"
SECRET = re.compile(
    r"""
    (?<!\w)(?:confidential|restricted|private|secret[oa]?|geheim|geheimhaltung|segreto|segredo|
    confidentiel(?:le)?s?|vertraulich|vertraulichkeit|confidentiality|confidentialité|confidencialidad|
    riservatezza|confidencialidade|vertrouwelijkheid|confidencial(?:es)?|reservad[oa]s?|riservat[oaie]|
    confidenziale|vertrouwelijk|confidenciais|sigilos[oa])(?!\w)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# verbs that other things than a text are the object of as well
LOOSE = re.compile(
    r"""
    use|used|usage|release|released|share|shared|sharing|report|reported|reporting|quote|quoted|quotation|print|
    printed|post|posted|posting|distribut\w+|circulat\w+|transmi\w+|appear|verwend\w+|verbreit\w+|senden|gesendet|
    sendung|verwert\w+|weiterg\w+|frei|freigabe|freigegeben|abdruck|utilis\w+|reproduct\w+|reproduire|reproduits|
    communiquer|reprise|reprendre|partager|paraître|uso|usar|utiliz\w+|compartir|distribu\w+|reproduc\w+|emisión|
    emitir\w*|usare|utilizz\w+|condividere|trasmi\w+|utiliza\w+|partilhar|compartilhar|reprodu\w+|transmi\w+|
    emissão|gebruik\w*|delen|gedeeld|verspreid\w*|vrijg\w+|disclos\w+|air|aired|airing|run|announce\w*|reveal\w*|leak|
    cover|mention\w*|go\s+live|on\s+air|put\s+online|erscheinen|posten|gepostet|online\s+\w+|teilen|geteilt|nutz\w+|genutzt|
    (?:ab)?(?:ge)?druck\w+|weitergel\w+|weiterleit\w+|erwähnen|bekannt\s?g\w+|évoquer|mentionner|mis\w*\s+en\s+ligne|mettre\s+en\s+ligne|
    poster|imprim\w+|retransm\w+|exploit\w+|utilisable|couv\w+|citer|annoncer|dévoil\w+|informar|informen|mencionar|
    cit\w+|subir|postear|cobertura|usen|utilicen|compartan|revel\w+|adelantar|retransmitir|anticip\w+|parlarne|
    riportare|riprendere|stampare|uscire|svelare|rivelare|annunciare|riprod\w+|plaats\w+|geplaatst|melden|gemeld|
    (?:af)?(?:ge)?druk\w+|doorst\w+|doorgest\w+|gepost|verschijnen|postar|postem|exibi\w+|vaz\w+|antecip\w+|informem|
    anunciar|compartilhem|partilhem
    """,
    re.IGNORECASE | re.VERBOSE,
)
# asks to keep it back, with words that are about nothing but a text
ASKING = re.compile(
    r"""
    \*\*\s*hold\s*\*\*|(?<!\w)(?:with-?hold(?:ing)?\s+(?:publication|this|the\s+(?:story|news|information))|
    refrain\s+from\s+publi\w+|(?:pas|rien)\s+(?:en\s+)?(?:parler|dire)|hold(?:ing)?\s+(?:off|back)?\s*(?:on\s+)?(?:publi\w+|this|the\s+(?:story|release|
    news)|our\s+(?:story|release|news))|hold\s+(?:for|until|till)|sit(?:ting)?\s+on\s+(?:this|it|the\s+(?:story|
    news))|keep\w*\s+(?:this|it)\s+(?:to\s+yoursel\w+|under\s+wraps|quiet|confidential|back)|(?:run|publish|
    use)\s+(?:this|it|the\s+(?:story|news))\s+(?:before|until)|(?:für\s+sich|unter\s+verschluss|
    unter\s+der\s+decke|zurück)\s*(?:zu\s*)?halten|nicht(?:s)?\s+(?:zu\s+)?bringen|gard\w+\s+(?:cette|ces|
    l['’])\s*(?:information|nouvelle|actualité|informations)\w*\s+(?:pour|secr|conf|sous)\w*|(?:us[ea]n?|
    guard[ea]n?|difund[ea]n?|publiqu\w+)\s+(?:est[aeo]s?|la)\s+(?:información|noticia|nota|comunicado)|
    tene\w+\s+(?:la|questa)\s+(?:notizia|informazione)\s+(?:riservata|per)|guard\w+\s+(?:esta|a)\s+(?:informação|
    notícia)|(?:onder\s+de\s+pet|stil|geheim|voor\s+u(?:zelf)?|onder\s+ons)\s+(?:te\s+)?houden)(?!\w)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# what such a moment is called where it stands as a label
TERM = re.compile(
    r"""
    (?<!\w)(?:release\s+(?:time|on|at|date(?:\s+and\s+time)?)|time\s+of\s+release|for\s+release|
    erscheinungstermin|freigabe|freigabetermin|veröffentlichungstermin|date\s+de\s+(?:diffusion|publication|
    parution)|fecha\s+de\s+publicación|data\s+di\s+(?:pubblicazione|diffusione)|data\s+de\s+(?:publicação|
    divulgação)|publicatie(?:datum|moment|tijd))\s*[:：]|(?<!\w)for\s+release(?=\s+\w+\s+\d)|公開(?:日時|予定日時|可能日時)|
    リリース日時|発表日時
    """,
    re.IGNORECASE | re.VERBOSE,
)
# an embargo and its day in a language that has no table here
FOREIGN = re.compile(
    r"""
    (?<!\w)(?:embargo\w*|эмбарго|ембарго|εμπάργκο)\W{1,3}(?:do|til|till|dne|od|fra|från|до|с|έως|μέχρι)\s
    (?:\w+\s)?\d+(?![\dºª])|(?<!\w)(?:эмбарго|ембарго|εμπάργκο)\s?[:：]|\d[^\n.]{1,20}\s(?:kadar|asti|saakka|ig)\s
    (?:ambargo|embargo)\w*|엠바고\s?[:：]?\s?\d|禁[运運发發](?:至|到|期|[:：])|
    (?:请勿|請勿|禁止|不得|切勿)[^\n。]{0,20}\d[^\n。]{0,12}前[^\n。]{0,6}(?:发布|發布|發佈|报道|報導|公开|公開)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# an end that is none
OPEN = re.compile(
    r"""
    (?<!\w)(?:(?:until|till)\s+further\s+notice|bis\s+auf\s+weiteres|jusqu['’]à\s+nouvel\s+ordre|
    hasta\s+nuevo\s+aviso|fino\s+a\s+nuov\w+\s+\w+|até\s+nov[ao]\s+\w+|tot\s+nader(?:e)?\s+\w+)(?!\w)|追って|未定|当面
    """,
    re.IGNORECASE | re.VERBOSE,
)
# a day without its date
LATER = re.compile(
    r"""
    (?<!\w)(?:today|tonight|tomorrow|midnight|\d+\s+hours|heute|morgen|heute\s+abend|demain|ce\s+soir|mañana|hoy|
    domani|stasera|oggi|amanhã|hoje|vanavond|vandaag)(?!\w)|本日|明日|翌日|[月火水木金土日]曜
    """,
    re.IGNORECASE | re.VERBOSE,
)
# says that there is no embargo
NONE = re.compile(
    r"""
    (?<!\w)(?:no|not|non|sin|sans|sem|ohne|kein\w*|senza|geen|zonder|never|without|free\s+of)\s+(?:(?:longer|
    under|an?|any|subject|to|more|mehr)\s+)*(?:embarg|sperrfrist)\w*|(?<!\w)(?:embargo\w*|sperrfrist)\W+(?:(?:is|
    has|been|ist)\s+)*(?:none|no|n/a|nil|over|ended|keine?|aucun|ninguno|nessuno|geen|nenhum|なし|aufgehoben|vorbei|
    lifted|levé|levantado|expired)(?!\w)(?!\s+\w[^,;(\d]*\d)|解禁日?なし|即時解禁|解禁済
    """,
    re.IGNORECASE | re.VERBOSE,
)
PAST = re.compile(
    r"""
    (?<!\w)(?:was|were|had|been|wurde[nt]?|war|waren|hatte|blieb|a\s+été|ont\s+été|fut|avait|était|fue|fueron|
    había|estaba|è\s+stat\w|era|erano|aveva|foi|foram|era|havia|werd|werden\s+\w+\s+geweest|gold|since|seit|
    depuis|desde\s+\d{4}|dal\s+\d{4}|sinds|ago)(?!\w)|された|でした|ました
    """,
    re.IGNORECASE | re.VERBOSE,
)
# tells what will be, and asks for nothing
FUTURE = re.compile(
    r"""
    (?<!\w)(?:will|won['’]t|wird|werden|sera|seront|será|serán|se\s+\w+rán?|sarà|saranno|uscirà|serão|zal|
    zullen)(?!\w)|される|されない
    """,
    re.IGNORECASE | re.VERBOSE,
)
# what stands between an embargo and the goods that it is on
GOODS = re.compile(
    r"""
    \s+(?:on|against|of|sur|contre|auf|gegen|sobre|contra|su|sul|sulla|op|tegen|de|del|della|di|do|
    da)\s+(?:(?:the|all|le|la|les|l['’]|el|los|las|il|lo|i|gli|het|die|das|den|o|a|os|as)\s*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
# the text itself
THIS = re.compile(
    r"""
    (?<!\w)(?:this|diese[rsm]?|ce|cette|ces|este|esta|esto|questo|questa|dit|deze|isto|present)\s+(?:press\s+|
    news\s+)?(?:information|release|story|text|news|material|document|statement|announcement|report|study|paper|
    before|until|mitteilung|pressemitteilung|meldung|text|communiqué|document|texte|nota|comunicado|información|
    noticia|texto|comunicato|notizia|testo|bericht|persbericht|informação|notícia|is|ist|est)|
    (?<!\w)die\s+(?:meldung|mitteilung|pressemitteilung)|la\s+notizia|(?:この|本)(?:情報|資料|リリース|件|内容)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# asks somebody
PLEA = re.compile(
    r"""
    (?<!\w)(?:please|kindly|we\s+(?:would\s+)?ask|(?:are|is)\s+(?:kindly\s+)?(?:asked|requested)|bitte|
    wir\s+bitten|merci\s+de|veuillez|prière|prions|por\s+favor|rogamos|se\s+ruega|si\s+prega|preghiamo|gelieve|
    graag|verzoeken|pedimos|we\s+vragen|vi\s+chiediamo|demandons|pede-se|respect\w*|respek\w+|einhalten|einzuhalten|beachten)(?!\w)|ください|下さい|お願い
    """,
    re.IGNORECASE | re.VERBOSE,
)
