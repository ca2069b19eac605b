"""English: the words by which people ask for no more mail.

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
British and American. Typing errors of the words that matter most are mended before (`optout`). Notices have a file of
their own (`english_notices`).
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language
from mailer.bounces.answers.languages import english_notices

_ME = (
    r"(?:me|us|myself|my (?:\w+ ){0,2}?(?:name|e-?mails?(?: addy)?|address(?:es)?|details|data"
    "|contacts?|info|information|account|inbox)"
    r"|our (?:\w+ ){0,2}?(?:names?|e-?mails?|address(?:es)?|details|data|contacts?|newsroom|desk"
    "|office|inbox(?:es)?|team)"
    "|th(?:is|ese|e above|e below) (?:e-?mails?|address(?:es)?|e-?mail address(?:es)?|account"
    r"|mailbox|inbox|contact)|[^\s@]+@[^\s@]+)"
)
_LIST = (
    "(?:lists?|database|distribution|distro|mailings?|mailshots?|mailouts?|newsletters?"
    "|subscribers?|recipients|contacts"
    "|e-?mails?|e-?mailings?|emailing|releases|address ?book|crm|circulation|updates|alerts"
    r"|mail ?list\w*|listings?|system"
    "|records|press|pr|subscriptions?|spam|communications?|messages|mail)"
)
_MAIL = (
    "(?:e-?mails?|mails?|releases?|messages?|mailings?|newsletters?|spam|updates|communications?"
    "|pr|press|pitches|stuff|junk"
    "|rubbish|crap|mailshots?|announcements|pitching|blurb)"
)
_SOON = (
    "(?=[ ,]*(?:please|pls|plz|plse|thanks|thank you|thx|ta|asap|now|immediately|at once"
    "|permanently|forever|from all|altogether"
    "|again|today|right away|kindly|from here on|as i|as we|i am|i'm|we are|we're|i do|i don't"
    "|i no|we no|completely|entirely|-|from this|from the|manually"
    "|[.!,;?]|$))"
)

_REMOVE = (
    r"(?:remov\w+|take|taking|delet\w+|drop|strike|exclud\w+|eras\w+|scrub|purge|omit|pop|kick|wipe"
    "|clear|unlist|unsubscribe|deregister|get (?:me|us)|cut (?:me|us)|pull (?:me|us|my|our)"
    "|knock (?:me|us)|cross (?:me|us))"
)
_OBJECT = (
    "me|us|my|our|this|these|the|that|above|below|following|names?|e-?mails?|add?resse?s?|details"
    "|contacts?|data|info|information|account|newsroom|desk|office|team"
    "|please|pls|plz|kindly|and|all|of|personal|work|private|old|immediately|completely"
    r"|permanently|both|asap|again|now|entire|[^\s@]+@[^\s@]+"
)
ENGLISH = Language(
    code="en",
    stems=(
        "unsub|remov|off|delet|stop|opt|longer|not |n't|dont |no more|never|object|consent|erase"
        "|erasure|subscription|forgotten|alone|quit|cease|lose |no further|drop |strike |exclude|cancel"
        "|suppress|include|do not|data|cut |get me|out of|refrain|desist|including|take"
    ),
    wishes=(
        (
            r"\b(?:don't|do not|dont|never) (?:\w+ )?(?:send|e-?mail|forward) (?:me "
            "|us )?(?:any ?)?more (?:of )?(?:these|this|your|e-?mails?|releases?|mails?|press|such"
            r"|stuff)\b"
        ),
        r"\bdo[- ]not[- ](?:contact|mail|e-?mail)\b(?: list| register| file|\W*$)",
        (
            r"\b(?:want|like|need|have)(?: all)?(?: of)? (?:my|our) (?:\w+ )?(?:data|details|address|info"
            r"|information|e-?mail|account) (?:deleted|removed|erased|destroyed)\b"
        ),
        r"\btake (?:me|us|my \w+) off (?:everything|all|it all|them all|whatever)\b",
        r"\bsuppress (?:me|us|my|our|this)\b",
        (
            r"\b(?:please|ask|may|can|could|would|you|kindly|request)\b.{0,40}?\bno longer (?:send|e-?mail"
            r"|mail|include|contact|write to|copy)\b"
            r".{0,50}?\b(?:me|us|th(?:is|ese)|releases|my)\b"
        ),
        (
            r"\b(?:please|pls|plz|just|kindly) (?:unsub|unsubscribe)\b(?! (?:people|them|him|her|link"
            r"|button))|\bunsub (?:me|us|please|pls|this)\b"
        ),
        (
            r"\b(?:do not|don't|dont|never) (?:include|add|put|have|keep|list) (?:me|us|this address|my \w+)\b"
            r".{0,40}?\b(?:lists?|e-?mails?|mailings?|distribution|releases|these|mailouts?)\b"
        ),
        (
            r"\b(?:remove|delete|strike|take|drop|erase) (?:it|them|both) (?:from|off)(?: \w+){0,3}?"
            r" (?:lists?|database|distribution|mailings?|newsletters?|contacts|address ?book|crm|circulation|records)\b"
        ),
        (
            rf"\b{_REMOVE}(?:\W+(?:{_OBJECT})){{0,7}}?\W+(?:from|form|fom|off|off of"
            rf"|out of)\b(?:\W+[\w'-]+){{0,5}}?\W+{_LIST}\b"
        ),
        rf"\b(?:remove|take|drop|delete)(?:\W+(?:{_OBJECT})){{1,6}}?\W+of (?:your|this|the|ur)(?: \w+){{0,2}} lists?\b",
        (
            r"\b(?:i|we|my|our|this|name|address|details|data|me|us)\b.{0,40}?\b(?:be|get|being|are|is"
            r"|have|having)(?: \w+)? (?:removed|taken|deleted|dropped|struck|erased|unsubscribed|excluded"
            rf"|wiped)\b(?:\W+[\w'-]+){{0,5}}?\W+{_LIST}\b"
        ),
        rf"\b(?:come|be|get|go|step) off(?: of)? (?:your|this|the|ur) (?:\w+ ){{0,2}}?{_LIST}\b",
        (
            r"\b(?:refrain|desist) from(?: \w+)? (?:sending|including|e-?mailing|mailing|contacting|copying"
            r"|addressing|forwarding|writing)\b(?! (?:the|him|her|them|our)\b)"
        ),
        r"\b(?:cease|stop|quit|avoid)(?: \w+)? (?:including|copying|adding) (?:me|us|this address|my \w+)\b",
        (
            r"^(?:\w+ )?no (?:more|further)(?: of (?:this|these|that|it|your \w+))?(?:,? (?:please|pls"
            r"|thanks|thank you|for me|for us|ta))*\W*$"
        ),
        (
            r"\b(?:i|we) (?:do not|don't|dont|never|didn't|did not) (?:give |gave |given )?(?:my "
            r"|our )?consent(?:ed)? to\b.{0,30}\b(?:receiv\w+|marketing|these|this|your|e-?mails?|mail\w*"
            r"|contact\w*)"
        ),
        (
            r"\b(?:remove|take|delete|drop|strike|exclude|erase|scrub|purge|omit|cut|get|removing|deleting"
            rf"|pull|have|knock|cross) {_ME}(?: \w+){{0,2}}?"
            " (?:removed |deleted |taken )?(?:from|form|fom|off|off of|out of"
            rf"|of)(?: \w+){{0,5}} {_LIST}\b"
        ),
        rf"\b(?:remove|delete|unlist) (?:me|us|{_ME}){_SOON}",
        rf"\btake (?:me|us) off{_SOON}",
        (
            r"\b(?:erase|delete|remove|destroy) (?:all|any) (?:\w+ ){0,2}?(?:data|information|details|records)"
            r" (?:that )?you (?:hold|have|keep|store)\b(?: \w+){0,2}? (?:on|about|of|for) (?:me|us)\b"
        ),
        r"\b(?:take|strike) this (?:e-?mail )?(?:address|mailbox|account) off\W*$",
        (
            r"(?:^|[:,;-] ?)(?:please,? )?no (?:more|further) (?:\w+ )?(?:releases?|e-?mails?|mails?|messages?"
            r"|newsletters?|mailings?)(?: (?:to|for|at) (?:me|us|this \w+))?(?:,? (?:please|pls|thanks"
            r"|thank you|ta))*\W*$"
        ),
        (
            r"\btake (?:me|us|my \w+(?: \w+)?|our \w+) off (?:please |pls )?(?:this|your|the|that|here"
            r"|it)(?: (?:list|one))?\W*$"
        ),
        (
            rf"\bunsubscribe (?:{_ME}|from (?:this|your|these|all|any|further|future|the (?:list|mail\w*"
            r"|news\w*|press))\b)"
        ),
        (
            "^(?:hi |hello |please |pls |and |so )?(?:how (?:do|can|could|would) (?:i|we)"
            "|is there a way to|how to)"
            " (?:unsubscribe|get off|opt out|be removed|get removed|be taken off)(?: (?:from|of) )?"
            r"(?:(?: ?(?:this|your|these|the|of|from))(?: \w+){0,3})?\W*$"
        ),
        (
            r"\b(?:stop|cease|quit)(?: \w+){0,2}? (?:sending|e-?mailing|mailing|contacting|spamming"
            "|writing|bombarding|bothering"
            r"|pestering|messaging|harassing|send|e-?mail|pitching)(?: to)?(?: (?:me|us)\b| (?:these|this"
            r"|such|any|your|so many|more|out)\b(?: \w+){0,3}"
            rf"| (?:unsolicited |unwanted )?{_MAIL}|\W*$)"
        ),
        (
            r"\bstop (?:the|these|this|your|all)(?: \w+)? (?:e-?mails?|spam|mailings?|spamming|messages"
            r"|newsletters?|mailshots)\b"
        ),
        (
            r"\b(?:do not|don't|dont|never|would not|will not|wouldn't)(?: \w+)? (?:send|e-?mail|mail"
            "|contact|write|message|bother|spam|pitch|approach)(?: to)?"
            r" (?:me|us|this address|my \w+|to me)\b.{0,60}\b(?:again|any ?more|any further|further"
            "|in (?:the )?future"
            r"|any (?:e-?mails?|press|releases?|mail)|these|this|such|stuff|spam|ever|releases)\b"
        ),
        (
            r"\b(?:do not|don't|dont|never)(?: \w+)? (?:e-?mail|contact|bother|spam|message|write to) (?:me"
            r"|us)(?: again| any ?more)?\W*$"
        ),
        (
            "(?:^|please |pls |want |send (?:me |us )?|receive |get )no (?:more"
            rf"|further)(?: of)?(?: (?:your|these|such|this|press|unsolicited))*(?: {_MAIL}\b|\W*$)"
        ),
        (
            r"\b(?:no longer|don't|do not|not|never|dont|didn't)(?: \w+){0,2}? (?:want|wish|need|like"
            r"|care|interested|desire|require|requires?)\w*(?: to| in)?"
            r" (?:be (?:contacted|e-?mailed|mailed|included|on|sent|bothered|part of)|receiv\w+"
            "|hear(?:ing)? from|being (?:contacted|e-?mailed|on|sent)"
            f"|get(?:ting)? (?:these|this|your|any|such|more|{_MAIL})|(?:any |these |this |your |more "
            rf"|further |such )+(?:\w+ ){{0,2}}{_MAIL}\b)"
        ),
        (
            r"\b(?:prefer|like|rather|grateful if i did)(?: to)? not(?: to)? (?:be (?:contacted|e-?mailed"
            f"|on|sent)|receive|get|hear) ?(?:{_MAIL}|these|your|any|from|further)?"
        ),
        (
            r"\bno longer (?:wish|want|need|require)\w*(?: to (?:receive|get|see|be))?(?: \w+)? (?:these"
            r"|them|this|your|any|press|on your)\b"
        ),
        (
            r"\b(?:request\w*|demand\w*|want|ask\w* for|require)\b.{0,30}\b(?:erasure|deletion"
            r"|removal) of\b.{0,40}\b(?:data|details|address|information|records?)\b"
        ),
        (
            "^(?:please |pls )?(?:(?:i|we)(?:'d| would)? )?(?:would like|like|want"
            "|wish)?(?: to)? ?opt[ -]?out(?: please| thanks)?[.!]*$"
        ),
        r"\bthought (?:i|we)(?:'d| had)? (?:already )?unsubscribed\b",
        r"\bopt (?:me|us|this address|my \w+) out\b",
        (
            r"\b(?:i|we)\b.{0,30}\b(?:want|like|wish|choose|hereby|request|decided|am|are|'m"
            r"|need)\w*(?: to)? opt(?:ing)?[ -]?out"
            r"(?: (?:of|from) (?:your|this|these|all|any|the (?:list|mail\w*|press)|receiving|further"
            r"|future)\b|\W*$|,)"
        ),
        (
            r"\b(?:i|we)\b.{0,40}\b(?:like|want|wish|need|ask\w*|request\w*|insist|prefer|demand"
            r"|requested)(?: \w+){0,4}?"
            " (?:to be|to get|being|be) (?:removed|taken off|deleted|unsubscribed|excluded|dropped"
            r"|struck)\b(?= ?(?:[\W\d]*$|[,;-]|from (?:your|this|any|all|further|future"
            r"|the (?:\w+ )?(?:list|mail|dist|data))|your|this (?:\w+ )?list|the (?:\w+ )?(?:list|mail|dist"
            "|data)|please|and|as|immediately|now|asap|again))"
        ),
        (
            r"\b(?:i|we)\b.{0,30}\b(?:want|like|wish|need|trying)(?: to)? (?:(?:come|get|go|be) off|off"
            "|unsubscribe)(?: of)?"
            r" ?(?:\W*$|(?:your|this|the|these|from)(?: \w+){0,3}? (?:lists?|mail\w*|e-?mails?|newsletters?"
            "|distribution|releases|service)|[,-])"
        ),
        r"(?:^|please |pls )(?:get |want |me |us )*off (?:your|this|the) (?:\w+ ){0,2}list\b",
        (
            r"\b(?:remove|delete|erase|destroy|wipe)(?: all| any)?(?: of)?(?: the)? (?:my|our|me|personal)"
            r"(?: \w+){0,2}? (?:data|details|info|information|e-?mail|address|contacts?"
            rf"|records?)\b(?! (?:from|in|off|next|on) (?:the )?(?!{_LIST}|your|any|all))"
        ),
        (
            r"\b(?:i|we|hereby|formally|my|our)\b(?: \w+){0,3}? object(?:ion)? to (?:\w+ "
            "){0,4}(?:processing(?! plant| industry)|use|using|storage|storing|holding|being contacted"
            r"|direct marketing|receiving|marketing|usage)\b"
        ),
        r"\bwithdraw\w* (?:my|our|any|all)(?: \w+)? consent\b|\brevok\w+ (?:my|our|any) (?:consent|permission)\b",
        (
            r"\b(?:my|our|the|exercis\w+|invok\w+) rights? (?:to (?:object|erasure|be forgotten)"
            r"|of (?:objection|erasure))\b|\bto be forgotten under\b"
        ),
        r"\b(?:under|pursuant|accordance|exercis\w*|invok\w*|per|request)\b.{0,40}\bart(?:icle|\.)? ?(?:17|21)\b",
        r"\b(?:cancel|end|terminate|discontinue) (?:my|our)(?: \w+)? ?(?:subscription|membership|mailings?)\b",
        (
            r"\b(?:never|didn't|did not)(?: \w+)? (?:signed? up|subscribed?|opt(?:ed)?[ -]?in)(?: for"
            r"| to)? (?:this|these|your|any)\b"
        ),
        (
            r"\b(?:never|didn't|did not) ask(?:ed)? (?:to (?:be on|receive|get|be added)|for (?:these|this"
            "|your) (?:e-?mails?|mails?|list|spam))"
        ),
        r"\b(?:lose|forget|block) (?:my|this|our) (?:e-?mail|address)\b|\bleave (?:me|us) alone\b",
        (
            r"\bunsubscribed\b.{0,70}\bstill (?:get|receiv|be|com|on)|\b(?:already|twice"
            r"|times) (?:\w+ )?(?:unsubscribed|asked (?:you )?(?:\w+ ){0,3}to (?:unsubscribe|be (?:removed"
            "|taken off)))"
        ),
        (
            r"\b(?:make sure|ensure|so that|see to it)(?: that)? (?:i|we)(?: do)?(?: no longer|n't"
            r"| not)? (?:receive|get|hear)\b.{0,30}\b(?:any ?more|no more|further|more|these|again|your)\b"
        ),
        (
            r"\b(?:make sure|ensure|so that|see to it)(?: that)? (?:i|we) (?:no longer|don't|do not"
            r"|never) (?:receive|get|hear)\b"
        ),
        r"\b(?:consider|count) (?:me|us|this address) unsubscribed\b",
        r"\b(?:i am|i'm|we are|we're) unsubscribing\b(?: from (?:this|your|these))?",
        (
            r"\bnot interested in (?:receiving|getting|being|your (?:press|mail|e-?mail|newsletter)"
            "|these (?:e-?mails?|mail|press)|any (?:more|further))"
        ),
        (
            r"\bdiscontinue (?:sending|all|these|your|any|further)(?: \w+){0,3} (?:mail\w*|e-?mails?"
            "|releases|communications?|messages)"
        ),
    ),
    harmless=(
        (
            r"\b(?:un(?:subscrib\w+|subs)|opt[- ]?outs?) ?(?:rates?|figures?|numbers?|trends?|data|forms?"
            "|links?|buttons?|pages?|options?|laws?|rules?|stor(?:y|ies)"
            r"|headers?|flows?|requests?|process\w*|clauses?|schemes?|features?|functions?|addresse?s?"
            r"|e-?mails?|wave)\b"
        ),
        (
            r"\b(?:don't|do not|never|didn't|did not|not|dont|won't|can't|cannot|wouldn't|haven't|without"
            r"|rather than|instead of|why)(?: \w+){0,3}?"
            r" (?:remov|tak\w+ (?:me|us|my|our)|took|unsubscrib|delet|drop|opt(?:ed|ing)?[ -]?(?:me )?out"
            "|strike|cancel|asked to be (?:removed|taken)|want(?:ed)? to be (?:removed|taken off))"
            r"\w*(?: (?:me|us))?(?: off)?"
        ),
        (
            r"\b(?:people|readers|users|customers|subscribers|they|many|who|consumers|recipients|voters"
            "|patients|members|parents|he|she|anyone|everyone|someone|half|donors|drivers)"
            r"(?: \w+){0,4}? (?:to )?(?:unsubscrib|opt(?:ed|ing|s)?[ -]?out|be removed|stop)\w*"
        ),
        r"\bunsubscribe from (?:your (?:competitor|rival)\w*|other|their|his|her|spam in general|netflix|streaming)",
        r"\boff the (?:record|air|hook|cuff|market|shelves|case|table|hook|phone|story|beaten|press)",
        r"\bstop the (?:press|presses|clock|rot)\b|\b(?:don't|do not|never|dont) (?:ever )?stop\b",
    ),
    refusals=(
        r"\b(?:from|off|out of) (?:the |this |your )?(?:cc|bcc|copy|thread|chain|conversation|loop|group chat)\b",
        # somebody asks about somebody else, or about a thing
        r"^(?:when|why|how|who|has|was|were|is|will|did|does)\b(?!.{0,120}\b(?:i|me|my|us|our|we)\b).{0,160}\?\W*$",
        (
            r"\b(?:byline|caption|headline|credits? page|contributors page"
            r"|annex)\b(?!.{0,60}\b(?:unsubscribe|remove me|off your))"
        ),
        (
            r"\b(?:guest|wait(?:ing)?|short|wish|attend\w*|speakers?'?|price|to-?do|black|block"
            r"|participants?'?|panel(?:lists?)?|invit\w+|door|rsvp|watch|shopping|reading"
            r"|candidates?|contributors?|interview\w*|accreditation|seating|credits?|source|cc"
            r"|copy) ?lists?\b"
        ),
        (
            r"\blists? (?:of|for) (?:\w+ ){0,2}?(?:speakers?|attendees|participants|guests|panel\w*|trips?"
            "|tour|day|conference|briefing|call|event|preview|dinner"
            r"|interview\w*|visit|launch|reception|accreditation\w*|names|sources|witnesses|contributors"
            r"|embargoed|thursday|monday|tuesday|wednesday|friday)\b"
        ),
        (
            r"\b(?:to|if you|should you|you can|you may|you could|for)\b.{0,60}?\b(?:unsubscribe|be removed"
            r"|opt[- ]out|stop receiving|not (?:wish|want) to receive|no longer (?:wish|want))\b"
            ".{0,140}(?:click|here|link|visit|reply|http|send (?:an?|us)|contact us|e-?mail us|email:"
            r"|go to|preferences|www\.|let us know|please)"
        ),
        (
            r"^(?:if you|should you|in case you)\b|\byou (?:are receiving|received|have received"
            "|are subscribed|were added|get this|may unsubscribe|can unsubscribe)"
        ),
        r"\bclick (?:here|the|below|on|this)\b|unsubscribe ?[:|(]? ?<?https?:|https?:\S*unsub|<https?:",
        (
            r"\b(?:put|add|keep|leave|sign) (?:me|us)(?: \w+)? (?:back|again|on|to|in)\b|\bre-?subscribe"
            r"|\b(?:by (?:mistake|accident|error)|accidentally|mistakenly|in error|inadvertently)\b"
        ),
        (
            r"\b(?:was|were|been|being|got|am i|are we|have i|have we)(?: \w+)? (?:removed|unsubscribed"
            r"|taken off|dropped|deleted)\b(?! (?:from|off)?.{0,40}\bstill\b)"
        ),
        (
            r"\b(?:about|tempted|thinking|considering|threaten\w*|before|after|unless|or) (?:to |of |i "
            "|about |i'll |i will )+(?:unsubscrib|opt)"
        ),
        r"\bunless (?:i|we|you)\b|\buntil (?:after|the|mon|tue|wed|thu|fri|sat|sun|next|noon|then|i|we|\d)",
        (
            r"\b(?:your|the) (?:release|report|study|survey|statement|paper|figures?|data|app|bill"
            r"|law)\b.{0,60}\b(?:says?|said|mentions?|claims?|shows?|finds?|about|quotes?)\b"
        ),
        (
            r"\b(?:attachments?|pdfs?|images?|photos?|pictures?|zip|word (?:files?|documents?)|large files"
            r"|invoices?)\b(?!.{0,60}\b(?:unsubscribe|remove me|off your))"
        ),
        r"\b(?:call|phone|ring|text) (?:me|us)\b|\bby phone\b",
        (
            r"\bthank(?:s| you) for (?:taking|removing|unsubscribing|deleting)\b|\b(?:hate|loath\w*|shame"
            r"|afraid|worried|fear\w*)\b.{0,25}\b(?:taken|removed|off|dropped|unsubscrib\w+)\b"
        ),
        r"\b(?:would|could|can|may|shall|should) (?:he|she|they|people|readers|one)\b.{0,60}\bstop\b",
    ),
    alone="unsubscribe unsubscribed unsub optout opt-out unsubscription",
    filler=(
        "please pls plz plse kindly hi hello hey dear all thanks thank you thx ta now asap immediately "
        "me us my our email e-mail address from"
        " this your the these list mailing newsletter list lists mailings newsletters at once today "
        "permanently forever and can could would i want to i'd i'm like"
        " wish need let regards best cheers kind re fwd fw aw wg request sir madam team of press "
        "releases release media emails mails mail in future any all further sorry"
        " no longer relevant again for third second last time final yours sincerely many with "
        "immediate effect just again one do not here it that is immediately! sent us out opt"
        " everyone colleagues yes ok so off email: subject subscribe database remove removed"
    ),
    absent=english_notices.ABSENT,
    signs=english_notices.SIGNS,
    automatic=english_notices.AUTOMATIC,
    left=english_notices.LEFT,
    gone=english_notices.GONE,
    own=english_notices.OWN,
    instead=english_notices.INSTEAD,
)
