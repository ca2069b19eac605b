"""English: the words, as British and American journalists and their programs write them. A table, no code.

Typing errors of the two words that matter most are mended before (`optout`).
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_ME = (
    r"(?:me|us|myself|my (?:\w+ ){0,2}?(?:name|e-?mails?(?: addy)?|address(?:es)?|details|data|contacts?|info|information|account|inbox)"
    r"|our (?:\w+ ){0,2}?(?:names?|e-?mails?|address(?:es)?|details|data|contacts?|newsroom|desk|office|inbox(?:es)?|team)"
    r"|th(?:is|ese|e above|e below) (?:e-?mails?|address(?:es)?|e-?mail address(?:es)?|account|mailbox|inbox|contact)|[^\s@]+@[^\s@]+)"
)
_LIST = (
    r"(?:lists?|database|distribution|distro|mailings?|mailshots?|mailouts?|newsletters?|subscribers?|recipients|contacts"
    r"|e-?mails?|e-?mailings?|emailing|releases|address ?book|crm|circulation|updates|alerts|mail ?list\w*|listings?|system"
    r"|records|press|pr|subscriptions?|spam|communications?|messages|mail)"
)
_MAIL = (
    r"(?:e-?mails?|mails?|releases?|messages?|mailings?|newsletters?|spam|updates|communications?|pr|press|pitches|stuff|junk"
    r"|rubbish|crap|mailshots?|announcements|pitching|blurb)"
)
_SOON = (
    r"(?=[ ,]*(?:please|pls|plz|plse|thanks|thank you|thx|ta|asap|now|immediately|at once|permanently|forever|from all|altogether"
    r"|again|today|right away|kindly|from here on|as i|as we|i am|i'm|we are|we're|i do|i don't|i no|we no|completely|entirely|-|from this|from the|manually"
    r"|[.!,;?]|$))"
)

_REMOVE = r"(?:remov\w+|take|taking|delet\w+|drop|strike|exclud\w+|eras\w+|scrub|purge|omit|pop|kick|wipe|clear|unlist|unsubscribe|deregister|get (?:me|us)|cut (?:me|us)|pull (?:me|us|my|our)|knock (?:me|us)|cross (?:me|us))"
_OBJECT = (
    r"me|us|my|our|this|these|the|that|above|below|following|names?|e-?mails?|add?resse?s?|details|contacts?|data|info|information|account|newsroom|desk|office|team"
    r"|please|pls|plz|kindly|and|all|of|personal|work|private|old|immediately|completely|permanently|both|asap|again|now|entire|[^\s@]+@[^\s@]+"
)
_EMPLOYER = (
    r"(?:the |our |this |my |that )?(?:company|organi[sz]ation|paper|newspaper|magazine|station|newsroom|publication|publisher|firm|agency|team|staff|job|post|business|industry"
    r"|profession|journalism|programme|channel|title|editorial team|group|corporation|bbc|the \w+ (?:times|post|herald|gazette|news|tribune|courier))"
)
_FOR_GOOD = r"(?! (?:early|late|at (?:noon|\d)|an?\b|for (?:the day|lunch|today|a (?:few|meeting|call))|to (?:meet|cover|go|attend)|yet|open))"

ENGLISH = Language(
    code="en",
    stems=(
        *("unsubscr", "remov", "off", "delet", "stop", "opt", "longer", "not ", "n't", "dont ", "no more", "never", "object"),
        *("consent", "erase", "erasure", "subscription", "forgotten", "alone", "quit", "cease", "lose ", "no further", "drop "),
        *("strike ", "exclude", "cancel", "cut ", "get me", "out of", "refrain", "desist", "including", "take"),
    ),
    wishes=(
        rf"\b{_REMOVE}(?:\W+(?:{_OBJECT})){{0,7}}?\W+(?:from|form|fom|off|off of|out of)\b(?:\W+[\w'-]+){{0,5}}?\W+{_LIST}\b",
        rf"\b(?:remove|take|drop|delete)(?:\W+(?:{_OBJECT})){{1,6}}?\W+of (?:your|this|the|ur)(?: \w+){{0,2}} lists?\b",
        rf"\b(?:i|we|my|our|this|name|address|details|data|me|us)\b.{{0,40}}?\b(?:be|get|being|are|is|have|having)(?: \w+)? (?:removed|taken|deleted|dropped|struck|erased|unsubscribed|excluded|wiped)\b(?:\W+[\w'-]+){{0,5}}?\W+{_LIST}\b",
        rf"\b(?:come|be|get|go|step) off(?: of)? (?:your|this|the|ur) (?:\w+ ){{0,2}}?{_LIST}\b",
        r"\b(?:refrain|desist) from(?: \w+)? (?:sending|including|e-?mailing|mailing|contacting|copying|addressing|forwarding|writing)\b(?! (?:the|him|her|them|our)\b)",
        r"\b(?:cease|stop|quit|avoid)(?: \w+)? (?:including|copying|adding) (?:me|us|this address|my \w+)\b",
        r"^(?:\w+ )?no (?:more|further)(?: of (?:this|these|that|it|your \w+))?(?:,? (?:please|pls|thanks|thank you|for me|for us|ta))*\W*$",
        r"\b(?:i|we) (?:do not|don't|dont|never|didn't|did not) (?:give |gave |given )?(?:my |our )?consent(?:ed)? to\b.{0,30}\b(?:receiv\w+|marketing|these|this|your|e-?mails?|mail\w*|contact\w*)",
        rf"\b(?:remove|take|delete|drop|strike|exclude|erase|scrub|purge|omit|cut|get|removing|deleting|pull|have|knock|cross) {_ME}(?: \w+){{0,2}}?"
        rf" (?:removed |deleted |taken )?(?:from|form|fom|off|off of|out of|of)(?: \w+){{0,5}} {_LIST}\b",
        rf"\b(?:remove|delete|unlist) (?:me|us|{_ME}){_SOON}",
        rf"\btake (?:me|us) off{_SOON}",
        r"\btake (?:me|us|my \w+(?: \w+)?|our \w+) off (?:please |pls )?(?:this|your|the|that|here|it)(?: (?:list|one))?\W*$",
        rf"\bunsubscribe (?:{_ME}|from (?:this|your|these|all|any|further|future|the (?:list|mail\w*|news\w*|press))\b)",
        r"^(?:hi |hello |please |pls |and |so )?(?:how (?:do|can|could|would) (?:i|we)|is there a way to|how to)"
        r" (?:unsubscribe|get off|opt out|be removed|get removed|be taken off)(?: (?:from|of) )?"
        r"(?:(?: ?(?:this|your|these|the|of|from))(?: \w+){0,3})?\W*$",
        rf"\b(?:stop|cease|quit)(?: \w+){{0,2}}? (?:sending|e-?mailing|mailing|contacting|spamming|writing|bombarding|bothering"
        rf"|pestering|messaging|harassing|send|e-?mail|pitching)(?: to)?(?: (?:me|us)\b| (?:these|this|such|any|your|so many|more|out)\b(?: \w+){{0,3}}"
        rf"| (?:unsolicited |unwanted )?{_MAIL}|\W*$)",
        r"\bstop (?:the|these|this|your|all)(?: \w+)? (?:e-?mails?|spam|mailings?|spamming|messages|newsletters?|mailshots)\b",
        r"\b(?:do not|don't|dont|never|would not|will not|wouldn't)(?: \w+)? (?:send|e-?mail|mail|contact|write|message|bother|spam|pitch|approach)(?: to)?"
        r" (?:me|us|this address|my \w+|to me)\b.{0,60}\b(?:again|any ?more|any further|further|in (?:the )?future"
        r"|any (?:e-?mails?|press|releases?|mail)|these|this|such|stuff|spam|ever|releases)\b",
        r"\b(?:do not|don't|dont|never)(?: \w+)? (?:e-?mail|contact|bother|spam|message|write to) (?:me|us)(?: again| any ?more)?\W*$",
        rf"(?:^|please |pls |want |send (?:me |us )?|receive |get )no (?:more|further)(?: of)?(?: (?:your|these|such|this|press|unsolicited))*(?: {_MAIL}\b|\W*$)",
        rf"\b(?:no longer|don't|do not|not|never|dont|didn't)(?: \w+){{0,2}}? (?:want|wish|need|like|care|interested|desire|require|requires?)\w*(?: to| in)?"
        rf" (?:be (?:contacted|e-?mailed|mailed|included|on|sent|bothered|part of)|receiv\w+|hear(?:ing)? from|being (?:contacted|e-?mailed|on|sent)"
        rf"|get(?:ting)? (?:these|this|your|any|such|more|{_MAIL})|(?:any |these |this |your |more |further |such )+(?:\w+ ){{0,2}}{_MAIL}\b)",
        rf"\b(?:prefer|like|rather|grateful if i did)(?: to)? not(?: to)? (?:be (?:contacted|e-?mailed|on|sent)|receive|get|hear) ?(?:{_MAIL}|these|your|any|from|further)?",
        r"\bno longer (?:wish|want|need|require)\w*(?: to (?:receive|get|see|be))?(?: \w+)? (?:these|them|this|your|any|press|on your)\b",
        r"\b(?:request\w*|demand\w*|want|ask\w* for|require)\b.{0,30}\b(?:erasure|deletion|removal) of\b.{0,40}\b(?:data|details|address|information|records?)\b",
        r"^(?:please |pls )?(?:(?:i|we)(?:'d| would)? )?(?:would like|like|want|wish)?(?: to)? ?opt[ -]?out(?: please| thanks)?[.!]*$",
        r"\bthought (?:i|we)(?:'d| had)? (?:already )?unsubscribed\b",
        r"\bopt (?:me|us|this address|my \w+) out\b",
        r"\b(?:i|we)\b.{0,30}\b(?:want|like|wish|choose|hereby|request|decided|am|are|'m|need)\w*(?: to)? opt(?:ing)?[ -]?out"
        r"(?: (?:of|from) (?:your|this|these|all|any|the (?:list|mail\w*|press)|receiving|further|future)\b|\W*$|,)",
        r"\b(?:i|we)\b.{0,40}\b(?:like|want|wish|need|ask\w*|request\w*|insist|prefer|demand|requested)(?: \w+){0,4}?"
        r" (?:to be|to get|being|be) (?:removed|taken off|deleted|unsubscribed|excluded|dropped|struck)\b(?= ?(?:[\W\d]*$|[,;-]|from (?:your|this|any|all|further|future|the (?:\w+ )?(?:list|mail|dist|data))|your|this (?:\w+ )?list|the (?:\w+ )?(?:list|mail|dist|data)|please|and|as|immediately|now|asap|again))",
        r"\b(?:i|we)\b.{0,30}\b(?:want|like|wish|need|trying)(?: to)? (?:(?:come|get|go|be) off|off|unsubscribe)(?: of)?"
        r" ?(?:\W*$|(?:your|this|the|these|from)(?: \w+){0,3}? (?:lists?|mail\w*|e-?mails?|newsletters?|distribution|releases|service)|[,-])",
        r"(?:^|please |pls )(?:get |want |me |us )*off (?:your|this|the) (?:\w+ ){0,2}list\b",
        rf"\b(?:remove|delete|erase|destroy|wipe)(?: all| any)?(?: of)?(?: the)? (?:my|our|me|personal)"
        rf"(?: \w+){{0,2}}? (?:data|details|info|information|e-?mail|address|contacts?|records?)\b(?! (?:from|in|off|next|on) (?:the )?(?!{_LIST}|your|any|all))",
        r"\b(?:i|we|hereby|formally|my|our)\b(?: \w+){0,3}? object(?:ion)? to (?:\w+ ){0,4}(?:processing(?! plant| industry)|use|using|storage|storing|holding|being contacted|direct marketing|receiving|marketing|usage)\b",
        r"\bwithdraw\w* (?:my|our|any|all)(?: \w+)? consent\b|\brevok\w+ (?:my|our|any) (?:consent|permission)\b",
        r"\b(?:my|our|the|exercis\w+|invok\w+) rights? (?:to (?:object|erasure|be forgotten)|of (?:objection|erasure))\b|\bto be forgotten under\b",
        r"\b(?:under|pursuant|accordance|exercis\w*|invok\w*|per|request)\b.{0,40}\bart(?:icle|\.)? ?(?:17|21)\b",
        r"\b(?:cancel|end|terminate|discontinue) (?:my|our)(?: \w+)? ?(?:subscription|membership|mailings?)\b",
        r"\b(?:never|didn't|did not)(?: \w+)? (?:signed? up|subscribed?|opt(?:ed)?[ -]?in)(?: for| to)? (?:this|these|your|any)\b",
        r"\b(?:never|didn't|did not) ask(?:ed)? (?:to (?:be on|receive|get|be added)|for (?:these|this|your) (?:e-?mails?|mails?|list|spam))",
        r"\b(?:lose|forget|block) (?:my|this|our) (?:e-?mail|address)\b|\bleave (?:me|us) alone\b",
        r"\bunsubscribed\b.{0,70}\bstill (?:get|receiv|be|com|on)|\b(?:already|twice|times) (?:\w+ )?(?:unsubscribed|asked (?:you )?(?:\w+ ){0,3}to (?:unsubscribe|be (?:removed|taken off)))",
        r"\b(?:make sure|ensure|so that|see to it)(?: that)? (?:i|we)(?: do)?(?: no longer|n't| not)? (?:receive|get|hear)\b.{0,30}\b(?:any ?more|no more|further|more|these|again|your)\b",
        r"\b(?:make sure|ensure|so that|see to it)(?: that)? (?:i|we) (?:no longer|don't|do not|never) (?:receive|get|hear)\b",
        r"\b(?:consider|count) (?:me|us|this address) unsubscribed\b",
        r"\b(?:i am|i'm|we are|we're) unsubscribing\b(?: from (?:this|your|these))?",
        r"\bnot interested in (?:receiving|getting|being|your (?:press|mail|e-?mail|newsletter)|these (?:e-?mails?|mail|press)|any (?:more|further))",
        r"\bdiscontinue (?:sending|all|these|your|any|further)(?: \w+){0,3} (?:mail\w*|e-?mails?|releases|communications?|messages)",
    ),
    harmless=(
        r"\b(?:un(?:subscrib\w+|subs)|opt[- ]?outs?) ?(?:rates?|figures?|numbers?|trends?|data|forms?|links?|buttons?|pages?|options?|laws?|rules?|stor(?:y|ies)"
        r"|headers?|flows?|requests?|process\w*|clauses?|schemes?|features?|functions?|addresse?s?|e-?mails?|wave)\b",
        r"\b(?:don't|do not|never|didn't|did not|not|dont|won't|can't|cannot|wouldn't|haven't|without|rather than|instead of|why)(?: \w+){0,3}?"
        r" (?:remov|tak\w+ (?:me|us|my|our)|took|unsubscrib|delet|drop|opt(?:ed|ing)?[ -]?(?:me )?out|strike|cancel|asked to be (?:removed|taken)|want(?:ed)? to be (?:removed|taken off))"
        r"\w*(?: (?:me|us))?(?: off)?",
        r"\b(?:people|readers|users|customers|subscribers|they|many|who|consumers|recipients|voters|patients|members|parents|he|she|anyone|everyone|someone|half|donors|drivers)"
        r"(?: \w+){0,4}? (?:to )?(?:unsubscrib|opt(?:ed|ing|s)?[ -]?out|be removed|stop)\w*",
        r"\bunsubscribe from (?:your (?:competitor|rival)\w*|other|their|his|her|spam in general|netflix|streaming)",
        r"\boff the (?:record|air|hook|cuff|market|shelves|case|table|hook|phone|story|beaten|press)",
        r"\bstop the (?:press|presses|clock|rot)\b|\b(?:don't|do not|never|dont) (?:ever )?stop\b",
    ),
    refusals=(
        r"\b(?:guest|wait(?:ing)?|short|wish|attend\w*|speakers?'?|price|to-?do|black|block|spam|participants?'?|panel(?:lists?)?|invit\w+|door|rsvp|watch|shopping|reading"
        r"|candidates?|contributors?|interview\w*|accreditation|seating|credits?|source|cc|copy) ?lists?\b",
        r"\blists? (?:of|for) (?:\w+ ){0,2}?(?:speakers?|attendees|participants|guests|panel\w*|trips?|tour|day|conference|briefing|call|event|preview|dinner"
        r"|interview\w*|visit|launch|reception|accreditation\w*|names|sources|witnesses|contributors|embargoed|thursday|monday|tuesday|wednesday|friday)\b",
        r"\b(?:to|if you|should you|you can|you may|you could|for)\b.{0,60}?\b(?:unsubscribe|be removed|opt[- ]out|stop receiving|not (?:wish|want) to receive|no longer (?:wish|want))\b"
        r".{0,140}(?:click|here|link|visit|reply|http|send (?:an?|us)|contact us|e-?mail us|email:|go to|preferences|www\.|let us know|please)",
        r"^(?:if you|should you|in case you)\b|\byou (?:are receiving|received|have received|are subscribed|were added|get this|may unsubscribe|can unsubscribe)",
        r"\bclick (?:here|the|below|on|this)\b|unsubscribe ?[:|(]? ?<?https?:|https?:\S*unsub|<https?:",
        r"\b(?:put|add|keep|leave|sign) (?:me|us)(?: \w+)? (?:back|again|on|to|in)\b|\bre-?subscribe|\b(?:by (?:mistake|accident|error)|accidentally|mistakenly|in error|inadvertently)\b",
        r"\b(?:was|were|been|being|got|am i|are we|have i|have we)(?: \w+)? (?:removed|unsubscribed|taken off|dropped|deleted)\b(?! (?:from|off)?.{0,40}\bstill\b)",
        r"\b(?:about|tempted|thinking|considering|threaten\w*|before|after|unless|or) (?:to |of |i |about |i'll |i will )+(?:unsubscrib|opt)",
        r"\bunless (?:i|we|you)\b|\buntil (?:after|the|mon|tue|wed|thu|fri|sat|sun|next|noon|then|i|we|\d)",
        r"\b(?:your|the) (?:release|report|study|survey|statement|paper|figures?|data|app|bill|law)\b.{0,60}\b(?:says?|said|mentions?|claims?|shows?|finds?|about|quotes?)\b",
        r"\b(?:attachments?|pdfs?|images?|photos?|pictures?|zip|word (?:files?|documents?)|large files|invoices?)\b(?!.{0,60}\b(?:unsubscribe|remove me|off your))",
        r"\b(?:call|phone|ring|text) (?:me|us)\b|\bby phone\b",
        r"\bthank(?:s| you) for (?:taking|removing|unsubscribing|deleting)\b|\b(?:hate|loath\w*|shame|afraid|worried|fear\w*)\b.{0,25}\b(?:taken|removed|off|dropped|unsubscrib\w+)\b",
        r"\b(?:would|could|can|may|shall|should) (?:he|she|they|people|readers|one)\b.{0,60}\bstop\b",
    ),
    alone="unsubscribe unsubscribed unsub optout opt-out unsubscription",
    filler=(
        "please pls plz plse kindly hi hello hey dear all thanks thank you thx ta now asap immediately me us my our email e-mail address from"
        " this your the these list mailing newsletter list lists mailings newsletters at once today permanently forever and can could would i want to i'd i'm like"
        " wish need let regards best cheers kind re fwd fw aw wg request sir madam team of press releases release media emails mails mail in future any all further sorry"
        " no longer relevant again for third second last time final yours sincerely many with immediate effect just again one do not here it that is immediately! sent us out opt"
        " everyone colleagues yes ok so off email: subject subscribe database remove removed"
    ),
    absent=(
        r"\b(?:i am|i'm|im|i will be|i'll be|i shall be|we are|we're|we will be|he is|she is|currently|presently|am)(?: \w+){0,3}?"
        r" (?:out of (?:the |my )?office|out of office|away\b|on (?:\w+ )?leave|on (?:my |an? |our )?(?:\w+ )?(?:holidays?|vacation|sabbatical|trip|assignment|break|paternity|maternity)"
        r"|out of (?:the country|town|contact)|travell?ing|off (?:work|sick|duty|until|from|this week|today)|unavailable|not (?:in the office|available|at my desk|working|in today)"
        r"|abroad|ooo\b|on jury duty|out (?:until|from|on|sick|this week|today)|offline|away from)",
        r"^(?:i am |i'm )?(?:currently )?(?:out of (?:the )?office|on (?:annual|maternity|parental|paternity|sick|medical|study) leave|on holiday|on vacation|away)\b.{0,20}\b(?:until|till|from|through|returning|back|\d)",
        r"\bi (?:only )?work (?:part[- ]time|(?:on )?(?:mon|tues|wednes|thurs|fri)days?)\b|\bmy (?:normal |usual )?(?:working|office) (?:days|hours) are\b|\bi(?:'m| am) (?:next|back) in\b",
        r"\b(?:our|the) (?:\w+ )?(?:office|newsroom|desk|studio|gallery|editorial team|press team)s? (?:is|are|will be)(?: \w+)? closed\b|\bi only (?:check|read|monitor|look at)\b",
        r"\bi (?:do not|don't) work (?:on )?(?:mon|tues|wednes|thurs|fri)days?\b|\bmy working days are\b",
    ),
    signs=(
        r"\b(?:urgent\w*|emergency|emergencies|immediate\w*|in my absence|while i am away|while i'm away|meantime|meanwhile|assistance|time-sensitive|cannot wait|can't wait)\b.{0,100}\b(?:contact|call|e-?mail|write|reach|ring|phone|speak|get in touch|direct|@)",
        r"\b(?:contact|call|e-?mail|reach)\b.{0,80}\b(?:in my absence|urgent\w*|while i)\b",
        r"\b(?:will|shall|'ll|able to)(?: \w+){0,3}? (?:reply|respond|answer|get back|read|deal|attend|be in touch|address|check|pick up|look at)\b.{0,60}\b(?:return|back|soon as|when i|upon|on my|earliest)\b",
        r"\bfor (?:all|any|other|press|news|general|everything|anything|media|editorial)\b.{0,60}(?:\bcontact\b|@|\be-?mail\b|\bcall\b)",
        r"\b(?:limited|patchy|poor|no|sporadic|intermittent|little|restricted|irregular|occasional|reduced) (?:or no )?(?:access|e-?mail|internet|connectivity|signal|reception)\b",
        r"\b(?:not|won't|will not|n't)(?: \w+){0,2}? (?:check|read|monitor|forward)\w*\b.{0,40}\b(?:e-?mails?|messages?|mail|inbox)\b",
        r"\bwe (?:will )?(?:re-?open|be back|return)\b|\bbear with me\b",
        r"\b(?:e-?mails?|messages?) (?:is|are|will) not(?: be)? (?:forwarded|read|monitored)\b",
    ),
    automatic=(
        r"\bthis is an? (?:auto\w*|automated|automatic)[- ](?:\w+ )?(?:reply|response|message|e-?mail|acknowledg\w+|notification|answer)\b"
        r"|\b(?:automatic|automated|auto)[- ]?(?:reply|response|acknowledg\w+)\b|\bautorespon\w+|\bautomatically generated\b",
        r"\b(?:do not|don't) (?:reply|respond) to this (?:e-?mail|message)\b",
        r"\b(?:ticket|case|reference|request|enquiry|inquiry) ?(?:number|no\.?|id|#|\[|:)? ?[#:\[(]? ?\w*\d{3,}",
        r"\b(?:we|our team|someone|a member of)(?: \w+){0,5} (?:will|aim to|endeavou?r to|try to) (?:\w+ )?(?:reply|respond|get back|be in touch|contact you|review|deal|answer|read)\b",
        r"\b(?:we have|has been|was|your) (?:\w+ )?(?:received|receipt of) (?:your|and|by our)\b.{0,60}\b(?:e-?mail|message|enquiry|inquiry|request|submission|queue|team)\b",
        r"\b(?:volume|number|amount|quantity) of (?:e-?mails?|mail|messages|enquiries|inquiries|submissions|pitches|requests|correspondence|press releases)\b",
        r"\b(?:can't|cannot|can not|unable|not able|not possible|don't have time)\b.{0,20}\b(?:reply|respond|answer|acknowledge)\b.{0,30}\b(?:every|each|all|individual\w*)\b",
        r"\b(?:receive|get) (?:a )?(?:large|high|great|hundreds|huge|many)\b.{0,60}\b(?:unable|cannot|can't|not able|not possible|only)\b",
    ),
    left=(
        rf"\b(?:i|we)(?:'ve| have)?(?: now| just| recently| since| already| sadly){{0,2}} left {_EMPLOYER}\b{_FOR_GOOD}",
        rf"\b(?:has|have|'s)(?: now| just| recently| since| already| sadly){{0,2}} left (?:us\b|{_EMPLOYER}\b){_FOR_GOOD}|\bleft us (?:in|on|last|at|for)\b",
        r"\bno longer (?:works?|working|employed|writes?|writing|a (?:member|part|contributor|reporter|journalist|freelance\w*))\b.{0,12}?\b(?:at|for|here|with|in this|in the newsroom|there|as|of|by|on)\b",
        r"\b(?:i am|i'm|he is|she is|[a-z]+ is|they are|who is|he's|she's) no longer (?:with|at|in|part of|on) (?:us\b|the (?:company|paper|newspaper|team|staff|organi[sz]ation|magazine|station|newsroom|desk|\w+ (?:times|post|herald|gazette|news|tribune|courier|desk|team))|our |this (?:company|desk|organi[sz]ation|paper|newsroom)|[a-z]+(?: [a-z]+)?(?:\W*$|[.,;]| (?:and|so|please|since|as)\b))",
        r"\b(?:i am|i'm|she is|he is|she's|he's|i was|is) no longer (?:the|an?|your|our) (?:\w+ ){0,3}(?:editor|correspondent|reporter|contact|journalist|writer|producer|columnist|here)\b|\bno longer here\b",
        r"\b(?:do|does|don't|doesn't)(?: not)? work (?:here|there|for (?:the|us|this)|at (?:the|this)|with us)(?: \w+){0,3}? ?any ?(?:more|longer)\b|\bnot work(?:s|ing)? (?:here|for us|there|with us) any ?(?:more|longer)\b",
        r"\b(?:i've|i have|we've|she has|he has|has|i) (?:now |recently |since |just )?(?:moved on(?: from| to|\W*$|[.,] )|moved to (?:a (?:new|different) (?:job|role|position|post|employer|paper|publication)|another (?:job|role|paper|employer|company|publication|desk|department|position))|changed (?:jobs?|employers?|companies|roles?)|retired\b|been made redundant|been laid off)",
        r"\bmy last (?:working )?day (?:at|was|with|here)\b|\b(?:my|his|her) (?:employment|contract|time) (?:at|with) .{0,40}(?:ended|has ended|finished|come to an end)",
        r"\bi(?:'ve| have)? (?:taken up|started|joined|accepted)\b.{0,40}\b(?:new (?:job|role|position|post)|another (?:job|paper|position))\b|\bi (?:am|'m) (?:now )?retired\b|\bi'm retired\b",
    ),
    gone=(
        r"\b(?:mailbox|inbox|e-?mail(?: address| account)?|address|account)\b.{0,40}\b(?:no longer)(?: \w+){0,2}? (?:monitored|in use|used|active|valid|read|checked|exists?|attended|working|available|functional|works)\b",
        r"\b(?:this|my|the|our|his|her|old) (?:\w+ )?(?:mailbox|inbox|e-?mail(?: address| account)?|address|account) (?:has been|is being|will be|is|was)(?: \w+)? (?:closed|discontinued|deactivated|retired|replaced|disabled|decommissioned|shut down)\b",
        r"\bno longer(?: \w+)? (?:monitor|check|read|use|using|checking|monitoring|reading)\w* this (?:mailbox|inbox|e-?mail|address|account)|\bnot (?:monitor|check|read|use)\w* this (?:mailbox|inbox|e-?mail|address|account) any ?(?:more|longer)",
    ),
    own=(
        r"\b(?:my|our) (?:\w+ ){0,3}?(?:e-?mail|e-?mail address|address) (?:is now|has changed|changed)\b|\b(?:we have|we've|has|have) (?:moved|migrated|changed) to a new (?:e-?mail|domain|address)\b",
        r"\bmy (?:new|current)(?: \w+){0,2}? ?(?:e-?mail|address|contact)|\bour new (?:e-?mail|address|domain)",
        r"\b(?:i can (?:now )?be|i'm now|i am now|you can (?:now |still )*(?:reach|find|contact) me|(?:reach|find|contact|e-?mail|write to) me(?: \w+){0,3}? (?:at|on|via|under)?|update (?:my|your (?:records|contacts|address book|lists?|database)))\b",
        r"\b(?:use|send .{0,40} to) (?:my|this) new\b|\bnew (?:e-?mail )?address ?(?:is|:|-)|\breplace .{0,60}\bwith\b",
    ),
    instead=(
        r"\b(?:please|kindly)?(?: \w+)? ?(?:send|direct|address|forward|submit|e-?mail|contact|write to|redirect|route|pitch|use)\b.{0,100}\b(?:instead|in (?:the )?future|from now on|going forward|henceforth|as of now|future (?:e-?mails?|releases?|press|mail|correspondence|enquiries|inquiries|requests|pitches))\b",
        r"\b(?:future|all|further|any) (?:\w+ ){0,3}(?:e-?mails?|releases?|mail|correspondence|enquiries|inquiries|requests|pitches|press)\b.{0,60}\b(?:should|to be|can|must|please|go|be (?:sent|directed|addressed))\b.{0,30}\bto\b",
        r"\b(?:my|the) (?:successor|replacement)\b|\b(?:has|have|is) (?:taken|taking) over\b|\bis now (?:the|our|your)\b|\breplaced (?:me|him|her) \b",
    ),
)
