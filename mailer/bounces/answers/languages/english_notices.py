"""English notices: the words of absence, of leaving, and of machines that say that they are some.

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
The other half of the table in `english`. Leaving is always leaving an employer: people leave meetings and messages.
"""

from __future__ import annotations

_EMPLOYER = (
    "(?:the |our |this |my |that )?(?:company|organi[sz]ation|paper|newspaper|magazine|station"
    "|newsroom|publication|publisher|firm|agency|team|staff|job|post|business|industry"
    "|profession|journalism|programme|channel|title|editorial team|group|corporation|bbc"
    r"|the \w+ (?:times|post|herald|gazette|news|tribune|courier))"
)
_FOR_GOOD = (
    r"(?=\W*$|[.,;:!]| (?:and|in|on|last|at the end|to (?:join|become|work|take)|for (?:another"
    r"|a new|good|pastures|the \w+)|so|after|since|this|as|but|two|three|some|now|already"
    r"|please|or|by|earlier|before|with effect|\d|with immediate)\b)(?! (?:early"
    r"|late)\b)(?! for (?:the day|lunch|today))"
)

ABSENT = (
    (
        r"\b(?:taking|having) (?:some |a few |a )?(?:time off|days off|leave|annual leave|break"
        r"|well-earned)\b|\bnot at work (?:today|this week|until|at)\b"
    ),
    (
        r"\bi(?:'m| am| will be) (?:attending|at) (?:a|an|the) (?:\w+ )?(?:conference|event|training"
        r"|course|summit|festival|retreat)\b"
    ),
    (
        r"\b(?:i am|i'm|im|i will be|i'll be|i shall be|we are|we're|we will be|he is|she is|currently"
        r"|presently|am)(?: \w+){0,3}?"
        r" (?:out of (?:the |my )?office|out of office|away\b|on (?:\w+ )?leave|on (?:my |an? "
        r"|our )?(?:\w+ )?(?:holidays?|vacation|sabbatical|trip|assignment|break|paternity|maternity)"
        "|out of (?:the country|town|contact)|travell?ing|off (?:work|sick|duty|until|from|this week"
        "|today)|unavailable|not (?:in the office|available|at my desk|working|in today)"
        r"|abroad|ooo\b|on jury duty|out (?:until|from|on|sick|this week|today)|offline|away from)"
    ),
    (
        "^(?:i am |i'm )?(?:currently )?(?:out of (?:the )?office|on (?:annual|maternity|parental"
        r"|paternity|sick|medical|study) leave|on holiday|on vacation|away)\b.{0,20}\b(?:until|till"
        r"|from|through|returning|back|\d)"
    ),
    (
        r"\bi (?:only )?work (?:part[- ]time|(?:on )?(?:mon|tues|wednes|thurs|fri)days?)\b"
        r"|\bmy (?:normal |usual )?(?:working|office) (?:days|hours) are\b|\bi(?:'m| am) (?:next"
        r"|back) in\b"
    ),
    (
        r"\b(?:our|the) (?:\w+ )?(?:office|newsroom|desk|studio|gallery|editorial team"
        r"|press team)s? (?:is|are|will be)(?: \w+)? closed\b|\bi only (?:check|read|monitor|look at)\b"
    ),
    r"\bi (?:do not|don't) work (?:on )?(?:mon|tues|wednes|thurs|fri)days?\b|\bmy working days are\b",
)
SIGNS = (
    (
        r"\b(?:slow|slower|delay\w*|longer than usual|take longer|late)\b.{0,25}\b(?:respond\w*|repl\w+"
        r"|answer\w*|response)\b|\b(?:response|reply|answer)\b.{0,15}\bdelayed\b"
    ),
    r"\b(?:back|return\w*) (?:at work|in the office|at my desk|to the office|to work|online)\b",
    (
        r"\b(?:urgent\w*|emergency|emergencies|immediate\w*|in my absence|while i am away"
        "|while i'm away|meantime|meanwhile|assistance|time-sensitive|cannot wait"
        r"|can't wait)\b.{0,100}\b(?:contact|call|e-?mail|write|reach|ring|phone|speak|get in touch"
        "|direct|@)"
    ),
    r"\b(?:contact|call|e-?mail|reach)\b.{0,80}\b(?:in my absence|urgent\w*|while i)\b",
    (
        r"\b(?:will|shall|'ll|able to)(?: \w+){0,3}? (?:reply|respond|answer|get back|read|deal|attend"
        r"|be in touch|address|check|pick up|look at)\b.{0,60}\b(?:return|back|soon as|when i|upon"
        r"|on my|earliest)\b"
    ),
    (
        r"\bfor (?:all|any|other|press|news|general|everything|anything|media"
        r"|editorial)\b.{0,60}(?:\bcontact\b|@|\be-?mail\b|\bcall\b)"
    ),
    (
        r"\b(?:limited|patchy|poor|no|sporadic|intermittent|little|restricted|irregular|occasional"
        r"|reduced) (?:or no )?(?:access|e-?mail|internet|connectivity|signal|reception)\b"
    ),
    (
        r"\b(?:not|won't|will not|n't)(?: \w+){0,2}? (?:check|read|monitor"
        r"|forward)\w*\b.{0,40}\b(?:e-?mails?|messages?|mail|inbox)\b"
    ),
    r"\bwe (?:will )?(?:re-?open|be back|return)\b|\bbear with me\b",
    r"\b(?:e-?mails?|messages?) (?:is|are|will) not(?: be)? (?:forwarded|read|monitored)\b",
)
AUTOMATIC = (
    (
        r"\bthis is an? (?:auto\w*|automated|automatic)[- ](?:\w+ )?(?:reply|response|message|e-?mail"
        r"|acknowledg\w+|notification|answer)\b"
        r"|\b(?:automatic|automated|auto)[- ]?(?:reply|response|acknowledg\w+)\b|\bautorespon\w+"
        r"|\bautomatically generated\b"
    ),
    r"\b(?:do not|don't) (?:reply|respond) to this (?:e-?mail|message)\b",
    r"\b(?:ticket|case|reference|request|enquiry|inquiry) ?(?:number|no\.?|id|#|\[|:)? ?[#:\[(]? ?\w*\d{3,}",
    (
        r"\b(?:we|our team|someone|a member of)(?: \w+){0,5} (?:will|aim to|endeavou?r to"
        r"|try to) (?:\w+ )?(?:reply|respond|get back|be in touch|contact you|review|deal|answer"
        r"|read)\b"
    ),
    (
        r"\b(?:we have|has been|was|your) (?:\w+ )?(?:received|receipt of) (?:your|and"
        r"|by our)\b.{0,60}\b(?:e-?mail|message|enquiry|inquiry|request|submission|queue|team)\b"
    ),
    (
        r"\b(?:volume|number|amount|quantity) of (?:e-?mails?|mail|messages|enquiries|inquiries"
        r"|submissions|pitches|requests|correspondence|press releases)\b"
    ),
    (
        r"\b(?:can't|cannot|can not|unable|not able|not possible|don't have time)\b.{0,20}\b(?:reply"
        r"|respond|answer|acknowledge)\b.{0,30}\b(?:every|each|all|individual\w*)\b"
    ),
    (
        r"\b(?:receive|get) (?:a )?(?:large|high|great|hundreds|huge|many)\b.{0,60}\b(?:unable|cannot"
        r"|can't|not able|not possible|only)\b"
    ),
    (
        r"\b(?:reporter|journalist|editor|colleague|member) (?:of \w+ (?:\w+ )?)?will (?:be in touch"
        r"|contact|get back|respond|reply)\b|\bif (?:your|we|it)\b.{0,40}\b(?:of interest|interested"
        r"|need (?:more|further))\b"
    ),
    r"\byour (?:e-?mail|message|enquiry|inquiry|submission|request)\b.{0,20}\b(?:has been|was) (?:safely )?received\b",
)
LEFT = (
    (
        r"\bi (?:finished|stopped working|ended my time) (?:at|with|for) (?:the )?\w+\b.{0,40}\b(?:in"
        r"|at the end|on|last|this)\b"
    ),
    (
        r"\b(?:i|we)(?:'ve| have)?(?: now| just| recently| since| already"
        rf"| sadly){{0,2}} left {_EMPLOYER}\b{_FOR_GOOD}"
    ),
    (
        r"\b(?:has|have|'s)(?: now| just| recently| since| already| sadly){0,2} left (?:us\b"
        rf"|{_EMPLOYER}\b){_FOR_GOOD}|\bleft us (?:in|on|last|at|for)\b"
    ),
    (
        r"\bno longer (?:works?|working|employed|writes?|writing|a (?:member|part|contributor|reporter"
        r"|journalist|freelance\w*))\b.{0,12}?\b(?:at|for|here|with|in this|in the newsroom|there|as|of"
        r"|by|on)\b"
    ),
    (
        r"\b(?:i am|i'm|he is|she is|[a-z]+ is|they are|who is|he's|she's) no longer (?:with|at|in"
        r"|part of|on) (?:us\b|the (?:company|paper|newspaper|team|staff|organi[sz]ation|magazine"
        r"|station|newsroom|desk|\w+ (?:times|post|herald|gazette|news|tribune|courier|desk|team))|our "
        r"|this (?:company|desk|organi[sz]ation|paper|newsroom)|[a-z]+(?: [a-z]+)?(?:\W*$|[.,;]| (?:and"
        r"|so|please|since|as)\b))"
    ),
    (
        r"\b(?:i am|i'm|she is|he is|she's|he's|i was|is) no longer (?:the|an?|your"
        r"|our) (?:\w+ ){0,3}(?:editor|correspondent|reporter|contact|journalist|writer|producer"
        r"|columnist|here)\b|\bno longer here\b"
    ),
    (
        r"\b(?:do|does|don't|doesn't)(?: not)? work (?:here|there|for (?:the|us|this)|at (?:the|this)"
        r"|with us)(?: \w+){0,3}? ?any ?(?:more|longer)\b|\bnot work(?:s|ing)? (?:here|for us|there"
        r"|with us) any ?(?:more|longer)\b"
    ),
    (
        r"\b(?:i've|i have|we've|she has|he has|has|i) (?:now |recently |since "
        r"|just )?(?:moved on(?: from| to|\W*$|[.,] )|moved to (?:a (?:new|different) (?:job|role"
        "|position|post|employer|paper|publication)|another (?:job|role|paper|employer|company"
        "|publication|desk|department|position))|changed (?:jobs?|employers?|companies|roles?)"
        r"|retired\b|been made redundant|been laid off)"
    ),
    (
        r"\bmy last (?:working )?day (?:at|was|with|here)\b|\b(?:my|his|her) (?:employment|contract"
        "|time) (?:at|with) .{0,40}(?:ended|has ended|finished|come to an end)"
    ),
    (
        r"\bi(?:'ve| have)? (?:taken up|started|joined|accepted)\b.{0,40}\b(?:new (?:job|role|position"
        r"|post)|another (?:job|paper|position))\b|\bi (?:am|'m) (?:now )?retired\b|\bi'm retired\b"
    ),
)
GONE = (
    (
        r"\b(?:mailbox|inbox|e-?mail(?: address| account)?|address"
        r"|account)\b.{0,40}\b(?:no longer)(?: \w+){0,2}? (?:monitored|in use|used|active|valid|read"
        r"|checked|exists?|attended|working|available|functional|works)\b"
    ),
    (
        r"\b(?:this|my|the|our|his|her|old) (?:\w+ )?(?:mailbox|inbox|e-?mail(?: address| account)?"
        r"|address|account) (?:has been|is being|will be|is|was)(?: \w+)? (?:closed|discontinued"
        r"|deactivated|retired|replaced|disabled|decommissioned|shut down)\b"
    ),
    (
        r"\bno longer(?: \w+)? (?:monitor|check|read|use|using|checking|monitoring"
        r"|reading)\w* this (?:mailbox|inbox|e-?mail|address|account)|\bnot (?:monitor|check|read"
        r"|use)\w* this (?:mailbox|inbox|e-?mail|address|account) any ?(?:more|longer)"
    ),
)
OWN = (
    (
        r"\b(?:my|our) (?:\w+ ){0,3}?(?:e-?mail|e-?mail address|address) (?:is now|has changed"
        r"|changed)\b|\b(?:we have|we've|has|have) (?:moved|migrated|changed) to a new (?:e-?mail"
        r"|domain|address)\b"
    ),
    r"\bmy (?:new|current)(?: \w+){0,2}? ?(?:e-?mail|address|contact)|\bour new (?:e-?mail|address|domain)",
    (
        r"\b(?:i can (?:now )?be|i'm now|i am now|you can (?:now |still )*(?:reach|find|contact) me"
        r"|(?:reach|find|contact|e-?mail|write to) me(?: \w+){0,3}? (?:at|on|via|under)?|update (?:my"
        r"|your (?:records|contacts|address book|lists?|database)))\b"
    ),
    r"\b(?:use|send .{0,40} to) (?:my|this) new\b|\bnew (?:e-?mail )?address ?(?:is|:|-)|\breplace .{0,60}\bwith\b",
)
INSTEAD = (
    (
        r"\b(?:please|kindly)?(?: \w+)? ?(?:send|direct|address|forward|submit|e-?mail|contact|write to"
        r"|redirect|route|pitch|use)\b.{0,100}\b(?:instead|in (?:the )?future|from now on|going forward"
        "|henceforth|as of now|future (?:e-?mails?|releases?|press|mail|correspondence|enquiries"
        r"|inquiries|requests|pitches))\b"
    ),
    (
        r"\b(?:future|all|further|any) (?:\w+ ){0,3}(?:e-?mails?|releases?|mail|correspondence"
        r"|enquiries|inquiries|requests|pitches|press)\b.{0,60}\b(?:should|to be|can|must|please|go"
        r"|be (?:sent|directed|addressed))\b.{0,30}\bto\b"
    ),
    (
        r"\b(?:my|the) (?:successor|replacement)\b|\b(?:has|have|is) (?:taken|taking) over\b"
        r"|\bis now (?:the|our|your)\b|\breplaced (?:me|him|her) \b"
    ),
)
