"""Page words: what the furniture of a page is called, in the languages that releases come in.

Owns the patterns by which a menu, a share button, a cookie notice or a list of other news is told from a release.
Never decides what goes (`page_furniture` does).
"""

from __future__ import annotations

import re

_NAMES = (
    r"nav|navi|navbar|navigation|menu|menue|breadcrumbs?|fil|ariane|brotkrumen|migas|share|sharing|sharer"
    r"|addthis|partage"
    r"|partager|teilen|compartir|condividi|delen|compartilhar|social|sidebar|sidecol|seitenleiste|footer|fuss|fusszeile"
    r"|foot|pied|cookie|cookies|consent|gdpr|rgpd|dsgvo|banner|topbar|toolbar|toolbox|related|newsletter|subscribe|skip"
    r"|skiplinks?|comments|comentarios|kommentare|pagination|pager|search|suche|recherche|buscador|login|advert|adverts"
    r"|advertisement|werbung|publicidad|popup|modal|langswitch|languages|sprachen|idiomas|print|drucken|imprimer|tags"
    r"|sitefooter|siteheader|masthead|leftcol|rightcol|rightside|leftside|utility|widget|disclaimer|crumbs?|topicpath"
    r"|pankuzu|unsubscribe|abmelden|preheader|tarteaucitron|cookie[a-z]+|social[a-z]+|shar(?:e|ing)(?:bar|box|links?"
    r"|buttons?|tools?|row|icons?|list)|breadcrumb[a-z]+|newsletter[a-z]+|related[a-z]+"
    r"|gmail[ -]signature|moz-signature"
)
# what an `id` or a `class` says of a block
FURNITURE_NAME = re.compile(rf"(?<![a-z])(?:{_NAMES})(?![a-z])", re.IGNORECASE)
# these hold the release itself, whatever else they are called
CONTENT_NAME = re.compile(
    r"(?<![a-z])(?:contact|kontakt|contatt[oi]|contacto|contato|article|artikel|post|entry|content|inhalt|contenu"
    r"|contenido|contenuto|main|story|press|presse|prensa|stampa)(?![a-z])",
    re.IGNORECASE,
)
# the one block that holds it, and nothing beside it
CONTENT_ID = re.compile(
    r"article|main|(?:page-?|main-?|haupt-?)?(?:content|inhalt)|contenu(?:-principal)?|contenido(?:-principal)?"
    r"|contenuto(?:-principale)?|conte[uú]do"
)
# and of a line of the head: what stands under the headline, and what above it is no headline
SUBHEAD_NAME = re.compile(
    r"(?<![a-z])(?:sub-?(?:title|titel|head(?:line)?|heading)|deck|dek|standfirst|untertitel|unterzeile"
    r"|unterüberschrift"
    r"|sous-?titre|subt[ií]tulo|entradilla|bajada|sottotitolo|sommario|catenaccio|ondertitel|subkop|linha-?fina"
    r"|sub)(?![a-z])",
    re.IGNORECASE,
)
# and what may as well be the first paragraph of the story: one that says in a sentence what it is about
LEAD_NAME = re.compile(
    r"(?<![a-z])(?:lead(?!-(?:form|gen|image|photo|media|capture))(?:-?(?:paragraph|text|in))?|lede|intro(?:duction|text)?"
    r"|teaser(?:-?text)?|einleitung|vorspann|anriss|anlauf|chap[oô]|chapeau|accroche|bajada|copete|entradilla|sumario"
    r"|abstract|inleiding|intro-?tekst|lide|リード)(?![a-z])",
    re.IGNORECASE,
)
KICKER_NAME = re.compile(
    r"(?<![a-z])(?:kicker|eyebrow|overline|topline|dachzeile|spitzmarke|surtitre|ante-?t[ií]tulo|volanta|occhiello"
    r"|rubriek"
    r"|rubrik|category|categor[ií]a|chap[eé]u|roofline|bovenkop)(?![a-z])",
    re.IGNORECASE,
)

# a heading of other news, or of what a site wants to be done: what stands under it is not the release
OTHER_NEWS = re.compile(
    r"\W*(?:(?:see|read|you (?:may|might)) also(?: like)?|also from .{2,40}|recommended (?:reading|for you)"
    r"|updates to this page"
    r"|(?:is|was) this (?:page|article) (?:useful|helpful)|war diese (?:seite|information) hilfreich"
    r"|cette page vous a-t-elle été utile|le ha (?:sido|resultado) útil.{0,30}|quanto sono chiare .{0,40}"
    r"|related(?: \w+){0,2}|more (?:news|releases|stories"
    r"|press releases)"
    r"(?: .{0,30})?|(?:latest|recent|other|further|older|newer) (?:news|posts|stories|releases|articles|press releases)"
    r"|most read|popular(?: posts)?|share(?: this)?(?: (?:page|article|story|on))?|follow us|newsletter"
    r"|stay (?:connected|informed|in the loop|up to date)"
    r"|subscribe|(?:sign up|subscribe) (?:for|to) .{0,30}|get .{0,20}updates.{0,30}|never miss .{0,30}"
    r"|(?:newsletter|pressemitteilungen|updates) abonnieren|abonnieren sie .{0,40}|abonnez-vous.{0,40}"
    r"|suscr[ií]b[ea].{0,40}"
    r"|iscriviti.{0,40}|ontvang .{0,40}mailbox|schrijf je in.{0,30}|assine .{0,40}|inscreva-se.{0,40}"
    r"|メールマガジン.{0,12}"
    r"|more on this news release|key ?words|schlag(?:worte|wörter)|mots[- ]clés|palabras clave|parole chiave"
    r"|trefwoorden"
    r"|palavras[- ]chave|キーワード|comments|leave a (?:reply|comment)|tags|archives?|categories"
    r"|weitere (?:meldungen|pressemitteilungen|nachrichten|artikel|themen|storys|inhalte)(?:[:：] .{2,60})?"
    r"|mehr (?:zum thema|meldungen|news)"
    r"|(?:ähnliche|verwandte|neueste|aktuelle) (?:artikel|beiträge|meldungen|themen|pressemitteilungen|nachrichten)"
    r"|das könnte sie auch interessieren|(?:artikel |seite )?teilen|folgen sie uns"
    r"|(?:à|a) lire aussi|lire aussi|voir aussi|sur le même (?:sujet|thème)|(?:autres|derniers|derni[eè]res)"
    r" (?:communiqués(?: de presse)?|actualités|articles|nouvelles)|articles (?:liés|similaires|récents)"
    r"|partager(?: .{0,25})?"
    r"|suivez-nous|(?:otras|últimas|más) (?:noticias|notas(?: de prensa)?|publicaciones)|noticias relacionadas"
    r"|(?:artículos|entradas|contenidos) (?:relacionad[oa]s|recientes)|(?:te|le) puede interesar"
    r"|compart[ei]r?(?: .{0,25})?"
    r"|síguenos|(?:altr[ei]|ultim[ei]) (?:notizie|news|comunicati(?: stampa)?|articoli)|(?:articoli"
    r"|notizie) correlat[ei]"
    r"|leggi anche|potrebbe(?:ro)? interessarti(?: anche)?|condividi(?: .{0,25})?|seguici"
    r"|lees ook|(?:meer|ander|overig)e? (?:nieuws"
    r"|persberichten|berichten)|gerelateerd(?: .{0,20})?|deel (?:dit|deze)(?: .{0,20})?|volg ons|(?:outras"
    r"|últimas|mais)"
    r" (?:notícias|notas)|notícias relacionadas|leia também|veja também|compartilh[ae]r?(?: .{0,25})?|siga-nos"
    r"|(?:our|unsere|nos|nuestr[ao]s|(?:i |le )?nostr[ie]|onze|nossas|nossos)"
    r" (?:latest|recent|neuesten|letzten|aktuellen|derni(?:ers|ères)|últim[ao]s|ultim[ei]|laatste|recente)"
    r" (?:news|(?:press )?releases|stories|pressemitteilungen|meldungen|nachrichten|communiqués(?: de presse)?"
    r"|actualités|noticias|notas(?: de prensa)?|comunicados(?: de (?:prensa|imprensa))?|notizie"
    r"|comunicati(?: stampa)?|storie|persberichten|berichten|nieuws|notícias)"
    r"|(?:andere|weitere|neueste) (?:storys|geschichten)|autres histoires|(?:otras|más) historias"
    r"|(?:altre|ultime) storie|(?:andere|meer) verhalen|(?:outras|mais) histórias|その他のストーリー"
    r"|(?:updates|neuigkeiten) (?:erhalten|per (?:e-?)?mail)"
    r"|erhalten sie (?:unsere )?(?:updates|neuigkeiten|news)\b.{0,30}"
    r"|recevez (?:(?:nos|les) )?(?:actualités|alertes|communiqués|nouvelles)\b.{0,40}"
    r"|recib[ae] (?:(?:nuestras|las|todas las) )?(?:novedades|noticias|actualizaciones|alertas)\b.{0,40}"
    r"|ricev[ie] (?:(?:gli|le|i nostri|le nostre) )?(?:aggiornamenti|notizie|novità|news)\b.{0,40}"
    r"|ontvang (?:(?:onze|de|het) )?(?:updates|nieuws|berichten|persberichten)\b.{0,40}"
    r"|receba (?:(?:as|nossas|as nossas) )?(?:novidades|notícias|atualizações)\b.{0,40}"
    r"|(?:最新情報|お知らせ|更新情報)を(?:メールで)?(?:受け取る|お届け.{0,8})"
    r"|関連(?:記事|ニュース|リンク|情報)|(?:最新|その他)の?(?:記事|ニュース|お知らせ)|シェア(?:する)?|人気記事)\W*",
    re.IGNORECASE,
)

# a line that only a page has; it says nothing of the story
PAGE_LINE = re.compile(
    r"\W*(?:skip to (?:main )?content|scroll to top|back to top|top of page|jump to navigation"
    r"|toggle navigation|menu|search"
    r"(?: for)?|home|close|print(?:er)?[- ]friendly(?: (?:pdf|version|page))?|druckversion|version imprimable"
    r"|versión para imprimir|versione stampabile|printversie|versão para impressão|available languages.{0,80}"
    r"|verfügbare sprachen.{0,80}|langues disponibles.{0,80}|idiomas disponibles.{0,80}|lingue disponibili.{0,80}"
    r"|powered by .{1,40}|print(?: this)?(?: page)?|e-?mail this(?: page)?|download(?: as)?(?: the)?(?: pdf| release"
    r"| press release)?|pdf(?:-download)?(?: \([\d.,]+ ?[km]b\))?|share(?: (?:this|on|via)\b.{0,60})?|tweet"
    r"|follow us(?: on .{0,40})?"
    r"|\d+ min(?:\.|utes?)?(?: read)?|(?:lesezeit|lesedauer|leestijd|temps de lecture|tiempo de lectura"
    r"|tempo di lettura|tempo de leitura|reading time)\W*(?:\d+ ?min\w*)?"
    r"|back to (?:all |the )?(?:news|press releases|press|overview|list)|all press releases"
    r"|add to (?:favou?rites|my .{0,20})|bookmark(?: this)?(?: page)?|e-?mail (?:this|to a friend)|site ?map"
    r"|disclaimer|stock quote|permalink\W+\S+"
    r"|contact us|about us|careers|investors|log ?in|sign in|register|are you a human\b.*"
    r"|please leave this field empty\W*"
    r"|previous(?: (?:post|article|release))?|next(?: (?:post|article|release))?|read more|this (?:site"
    r"|website) uses cookies.*"
    r"|we use cookies.*|accept(?: all)?(?: cookies)?|all rights reserved|privacy(?: policy| notice)?|terms(?: .{0,30})?"
    r"|zum inhalt(?: springen)?|zur navigation(?: springen)?|nach oben|zurück(?: zu[rm]?\b.{0,40})?|drucken"
    r"|seite drucken"
    r"|(?:(?:presse|medien)(?:mitteilung|information|meldung) )?(?:als )?pdf(?:-datei)?(?: herunterladen| speichern)?"
    r"|startseite|diese (?:web)?(?:site|seite) (?:verwendet|nutzt"
    r"|benutzt) cookies.*"
    r"|wir verwenden cookies.*|impressum|datenschutz(?:erklärung)?|alle rechte vorbehalten|teilen(?: auf .{0,30})?"
    r"|aller au contenu(?: principal)?|haut de page|retour (?:à|au|aux|en)\b.{0,40}|imprimer(?: .{0,25})?|accueil"
    r"|(?:partager|compartir|condividi|compartilhar|delen)(?: (?:sur|par|via|en|por|su|no|op)\b.{0,40})?"
    r"|télécharger (?:le|en|la|ce) (?:communiqué|pdf|document)\b.{0,40}|ce site utilise des cookies.*|mentions légales"
    r"|tous droits réservés|(?:ir|saltar|pasar) al contenido(?: principal)?|volver(?: .{0,30})?"
    r"|imprimir(?: .{0,25})?|inicio"
    r"|descargar (?:en )?(?:el |la )?(?:pdf|nota(?: de prensa)?|comunicado)\b.{0,25}|est[ea] (?:sitio|web"
    r"|página).{0,20} cookies.*"
    r"|aviso legal|todos los derechos reservados|vai al contenuto|torna (?:su|indietro|all[ea'’]).{0,30}"
    r"|stampa(?: questa.*| pagina)?"
    r"|scarica (?:il |in )?(?:pdf|comunicato)\b.{0,25}|questo sito (?:utilizza|usa) (?:i )?cookie.*"
    r"|tutti i diritti riservati"
    r"|naar (?:de )?inhoud|terug(?: naar)?\b.{0,30}|printen?|deze (?:site|website) (?:gebruikt"
    r"|maakt gebruik van) cookies.*"
    r"|by (?:subscribing|signing up|registering),? you (?:agree|accept|consent)\b.{0,120}"
    r"|mit (?:der|ihrer) (?:anmeldung|registrierung)\s(?:stimmen|akzeptieren|erklären) sie\b.{0,120}"
    r"|en vous (?:inscrivant|abonnant),? vous (?:acceptez|consentez)\b.{0,120}"
    r"|al (?:suscribir(?:te|se)|inscribir(?:te|se)|registrar(?:te|se)),? (?:usted )?aceptas?\b.{0,120}"
    r"|(?:iscrivendo(?:ti|si)|registrando(?:ti|si)),? (?:accetti|accetta|acconsenti|acconsente)\b.{0,120}"
    r"|door (?:je|u|uzelf) (?:aan te melden|in te schrijven|te registreren),? (?:ga je|gaat u|accepteer je)\b.{0,120}"
    r"|ao (?:inscrever-se|se inscrever|subscrever|registar-se),? (?:você )?(?:aceita|concorda)\b.{0,120}"
    r"|(?:ご?登録|購読)(?:する|いただく)(?:こと)?(?:で|により).{0,40}同意.{0,20}"
    r"|ir para o conteúdo|voltar(?: .{0,30})?|baixar (?:em )?pdf|este site (?:usa|utiliza) cookies.*"
    r"|todos os direitos reservados|ページの先頭へ|ページトップへ?|(?:一覧|トップ)(?:へ|に)戻る|戻る|印刷(?:する)?"
    r"|(?:本|当)サイトは.{0,20}クッキー.*|ホーム|トップページ|プライバシーポリシー)\W*",
    re.IGNORECASE,
)
# the same, but words that a headline of the release may be as well where nothing tells a page
CHROME = re.compile(
    r"\W*(?:skip to (?:main )?content|share|print|menu|search|[\w-]{1,9}[\s-]min(?:ute)?s?[\s-]read|author|home|press"
    r"|published|scroll to top|follow us|drucken|teilen|imprimer|partager|compartir|imprimir|condividi|stampa|delen"
    r"|back to top|zum inhalt|aller au contenu|back|zurück|retour|tags?|categor(?:y|ies))\W*",
    re.IGNORECASE,
)
MENU = re.compile(r"(?:[^|›»>·]{1,30}\s[|›»>·]\s){2,}[^|›»>·]{1,40}")
TRAIL = re.compile(r"(?:[>›/|]|^[^«]*»)\s*$|^\W*(?:home|accueil|startseite|inicio|início|ホーム)\b", re.IGNORECASE)
# what a program that sends newsletters puts above and below a release
MAILING = re.compile(
    r"(?<!\w)(?:unsubscribe|opt out of|you(?: are receiving|['’]re receiving| received) this (?:e-?mail|message)"
    r"|view (?:this"
    r" )?(?:e-?mail |it )?in (?:your|a) browser|view (?:it )?online|se désinscrire|se désabonner|vous (?:recevez"
    r"|avez reçu) ce"
    r" (?:message|mail|courriel)|voir la version en ligne|sie erhalten diese (?:e-?mail|nachricht)|newsletter"
    r" abbestellen"
    r"|vom verteiler|keine (?:weiteren )?(?:presse\w+|e-?mails|newsletter|mails) mehr|im browser (?:ansehen|öffnen"
    r"|anzeigen)|voir (?:ce message|cet e-?mail|ce courriel) dans|dans votre navigateur|in your (?:web )?browser"
    r"|en (?:su|el|tu) navegador|nel (?:(?:suo|tuo) )?browser"
    r"|no (?:seu )?navegador|in (?:uw|je|de) browser|in (?:Ihrem|Deinem) Browser|si no ve (?:bien|correctamente)"
    r"|darse de baja|cancelar (?:la |su )?suscripción|(?:ha recibido|recibe) este (?:correo|mensaje)|ver en (?:el|su)"
    r" navegador|cancellar(?:ti|si) dalla|annulla(?:re)? (?:l['’])?iscrizione|(?:ricevi|ha ricevuto) questa"
    r" (?:e-?mail|mail)"
    r"|visualizza nel browser|uitschrijven|afmelden voor|u ontvangt (?:deze|dit) (?:e-?mail|bericht|mail)|bekijk"
    r" (?:deze mail"
    r" )?in (?:je|uw) browser|cancelar (?:a |sua )?(?:inscrição|assinatura)|descadastrar|recebeu este e-?mail|ver no"
    r" navegador)(?!\w)|配信停止|配信を(?:停止|希望)|このメールは",
    re.IGNORECASE,
)
# a file that a page offers, with its size
FILE = re.compile(
    r".{0,80}\(?(?:(?:PDF|DOCX?|ZIP|JPE?G)\W{0,3})?\d[\d.,]*\s?[kKMm](?:[Bb]|o)(?:\W{0,3}(?:PDF|DOCX?"
    r"|ZIP))?\)?(?:\s*download)?",
    re.IGNORECASE,
)
_SHARED = (
    r"facebook|x|twitter|tweet|linkedin|xing|whatsapp|telegram|mastodon|bluesky|threads|instagram|youtube|pinterest"
    r"|reddit"
    r"|tumblr|flipboard|pocket|line|hatena|はてなブックマーク|e-?mail|mail|print|drucken|imprimer|imprimir|stampa|printen"
    r"|copy link|link kopieren|copier le lien|copiar enlace|copia link|kopieer link|copiar link|link para copiar"
    r"|rss|pdf|correo|courriel"
    r"|enviar por (?:correo|e-?mail)|per e-?mail|par e-?mail|por e-?mail|シェア|ツイート|ポスト"
)
SHARE_ROW = re.compile(
    rf"\W*(?:(?:share|teilen|partager|compartir|condividi|delen?|compartilh\w+|partilh\w+|follow|folgen|suivez"
    rf"|síguenos|seguici"
    rf"|volg|siga)(?![a-z])(?:[^:：]{{0,30}}[:：])?\s*|(?:seite|artikel|beitrag|meldung)"
    rf" teilen\W+)?(?:(?:{_SHARED})(?!\w)[\s|·•,/]*){{2,}}\W*",
    re.IGNORECASE,
)
COPYRIGHT = re.compile(r"\W{0,2}(?:©|\(c\)|copyright\b|&copy;).{0,160}", re.IGNORECASE)
_TRAIL = (
    r"(?:home(?:page)?|start(?:seite)?|accueil|inicio|início|portada|sie sind hier:?|you are here:?"
    r"|vous êtes ici ?:?|ホーム|トップ)"
)
BREADCRUMB = re.compile(rf"\W*{_TRAIL}\s*[»›>/|→].*", re.IGNORECASE)
PRESS_CONTACT = re.compile(
    r"press|media|medien|presse|prensa|medios|stampa|pers\b|perscontact|imprensa|mídia|報道|広報|お問い?合わ?せ",
    re.IGNORECASE,
)

# what a wire service puts around a release that it passes on
WIRE = re.compile(
    r"\*{3}\s*OTS-ORIGINALTEXT.*|OTS\d{4}\s+.{0,40}|\d{6} \w{3} \d\d|Digitale Pressemappe:?\s*\S+|~|Utl\.:"
    r"|Original-Content von:.*|.{0,80}übermittelt durch news aktuell\W*|Pressemitteilung teilen:?"
    r"|View original content:?.*"
    r"|(?-i:SOURCE):?\s\S.{1,60}|\(?END\) Dow Jones.*"
    r"|(?:/|-)?(?:PRNewswire|PR Newswire|Business Wire|GlobeNewswire)(?:/|-)?|-0-",
    re.IGNORECASE,
)
