"""Said: the words by which a mail system says that mail failed, is late, or arrived.

Owns those words in some twenty languages, one table a question. Each row is short and says two things that must stand
near each other (“could not” and “delivered”), since every server has its own sentence. Never says whom it is about.
Sources: the texts that Postfix, Exim, sendmail, qmail, Exchange, Domino, Gmail, Courier, James, OpenSMTPD and the
providers named in `openers` are known to send; examples of ours lie in tests/bounces/corpus.

Gaps: other languages are read only as far as the servers repeat themselves in English.
"""

from __future__ import annotations

import re


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_DELIVERED = r"(?:deliver|delievr|sent\b|send\b|reach|receiv|transmit|relay|process|forward|accept)"

# The mail did not arrive. Searched in the text that a mail system wrote, never in what it returns.
FAILURE = _any_of(
    # English
    rf"\b(?:could|can|was|were|has|have|is|did|does|will|would|been|ha[ds])(?: ?n['’]?t\b| not\b"
    rf"|not\b).{{0,60}}?{_DELIVERED}",
    rf"\b(?:unable|failed|failing|impossible|not able|not possible|wasn['’]t able|refused"
    rf"|tried)\b.{{0,40}}?{_DELIVERED}",
    r"\b(?:failure|problems?|troubles?|errors?|errored?)\b.{0,40}?(?:deliver|sending|transmi|process)",
    r"\bdel[ie]+very\b.{0,80}?\b(?:fail|abort|stopped|refused|denied|suspended|impossible|errors?\b|problem"
    r"|unsuccessful|not possible|trouble)",
    r"undeliver(?:able|ed)|\bnon-?deliver|deliver\w* (?:failure|error|problem)"
    r"|permanent (?:fatal )?(?:\w+ )?(?:error|failure)",
    r"\b(?:failed|bad|invalid|unknown|failing) (?:\w+ )?(?:recipient|address|user)|fail\w*\s?:|\bnot delivered\b",
    r"\breturned (?:to (?:the )?sender|mail|message|because)|(?:been|was|message) (?:\w+ )?(?:rejected|returned"
    r"|blocked|bounced)",
    r"invalid\b.{0,30}?(?:userid|user|recipient|address)|failure reasons?|did not .{0,20}?match|did not (?:receive"
    r"|get)|(?:message|mail)\b.{0,60}?(?:exceed|too (?:large|big))|considered (?:unsolicited"
    r"|spam)|not relayed|no such user|user(?:id)? unknown|mailbox (?:is )?(?:full|unavailable)",
    r"(?:mailbox|account|user|folder|quota)\b.{0,40}?\b(?:full|exceed|over ?quota|disabled|unknown|not (?:known"
    r"|found|exist))",
    # German
    r"nicht\b.{0,50}?(?:zugestellt|zustellbar|erreicht|übermittelt|ausgeliefert|gesendet|versendet|weitergeleitet)",
    r"unzustellbar|(?:zustell|übermittl|auslief)\w*\b.{0,60}?(?:fehlgeschlagen|fehler|gescheitert|nicht m[öo]glich)",
    r"fehler\b.{0,30}?(?:zustellung|nachrichtenzustellung|übermittlung|beim senden)",
    # French
    r"\bn['’]\s?(?:a|ont|est|était|avons)\b.{0,40}?(?:pas|pu)\b.{0,40}?(?:remis|d[ée]livr|achemin|distribu|parven"
    r"|transmis|envoy|joint)",
    r"\b(?:non (?:remis|distribu|d[ée]livr)|[ée]chec (?:de |d['’])(?:la )?(?:remise|livraison|distribution|envoi"
    r"|l['’]envoi))",
    r"impossible de (?:remettre|distribuer|d[ée]livrer|livrer|transmettre|envoyer)",
    # Spanish, Portuguese
    r"\bno\b.{0,30}?(?:entrega|lleg[óo]|recibi|enviad|alcanz|localizar)|error (?:al|de|en la) entreg",
    r"\bn[ãa]o\b.{0,40}?(?:entreg|envia|alcan[çc]|recebi|chegou)|falha (?:na|de|ao) entreg|devolvid[ao]",
    # Italian
    r"\bnon\b.{0,50}?(?:recapitat|consegnat|recapitabil|inviat|raggiun)|(?:recapito|consegna) non riuscit"
    r"|impossibile (?:recapitare|consegnare|raggiungere|inviare)",
    r"mancat[ao] (?:recapito|consegna)",
    # Dutch, Scandinavian
    r"(?:niet|kon|mislukt)\b.{0,50}?(?:bezorg|afgeleverd|aangekomen|bereik|besteld|verzonden)|onbestelbaar"
    r"|bezorging.{0,40}?mislukt",
    r"(?:inte|ikke|kunde inte|kunne ikke)\b.{0,40}?(?:levere|leverans|levererats|nått|nådd|afleveret)|(?:leverans"
    r"|levering)\w*\b.{0,60}?(?:misslyck|mislyk)",
    # Polish, Czech
    r"nie\b.{0,60}?(?:dostarcz|doręcz|dotarł)|niedostarcz|dostarcz\w+\b.{0,80}?(?:nie powiodło|niemożliwe)"
    r"|nepodařilo.{0,40}?doruč|nedoruč",
    # Russian
    r"не\b.{0,60}?(?:доставл|доставить|доставк|отправл|получен)|недоставлен|невозможно\s.{0,20}?достав"
    r"|ошибк\w+ (?:при )?достав",
    # Czech, Hungarian, Finnish, Turkish, Greek
    r"nelze doručit|kézbesít\w*\b.{0,40}?(?:nem sikerült|sikertelen)|kézbesíthetetlen|epäonnistu|ei voitu toimittaa"
    r"|(?:teslim|iletil)\w*\b.{0,20}?(?:edilemedi|emedi|medi)|δεν\b.{0,40}?παραδο",
    # Japanese, Chinese, Korean
    r"(?:配信|配達|送信|配送|転送|送付|お届け|受信|届け|投稿).{0,20}?(?:できません|出来ません|できなかった|に失敗"
    r"|不能|エラー|されません|ことができま)",
    r"(?:メール|送信|配信|配送|受信)エラー|宛先不明|不達|エラーメール|存在しない(?:か|ため)|見つかりません"
    r"|届きませんでした",
    r"(?:无法|無法|未能|不能|没有|沒有).{0,20}?(?:投递|投遞|送达|送達|发送|發送|傳送|传递|傳遞|传送|接收|到达|递送)"
    r"|(?:投递|投遞|发送|發送|傳送|传输|传送|送达|递送).{0,6}?失败|(?:傳送|投遞|發送).{0,6}?失敗",
    r"退信|被退回|退回|被拒(?:收|绝)|전달(?:하지 못|할 수 없|되지 않)|배달.{0,10}?(?:실패|못)|발송.{0,10}?실패",
)

# The mail is late, and still tried.
DELAY = _any_of(
    r"\bwarning (?:message )?only\b|(?:not|n['’]t) (?:need|have) to re-?send",
    r"\b(?:not|n['’]t) yet (?:been )?(?:deliver|sent|receiv|reach)|\b(?:has|have|is|been"
    r"|being) (?:been )?(?:temporarily )?(?:delayed|deferred|postponed)\b",
    r"\bstill (?:being (?:re)?tried|awaiting|trying|undelivered|in (?:the )?queue|queued)|delivery (?:is )?delayed"
    r"|delayed (?:mail|\d)",
    r"\b(?:will|shall) (?:\w+ )?(?:continue|keep|go on)\b.{0,20}?(?:to |try|attempt|be)|will (?:be retried|retry)"
    r"|\(delay\)"
    r"|retry (?:sending|the delivery)",
    r"will (?:try|attempt) (?:again|to (?:re-?)?(?:deliver|send))|no action is required (?:on|by) your"
    r"|attempts will continue|will be re-?attempted",
    r"verzögert|weiterhin versucht|wird erneut versucht|est retard|a été retard|(?:entrega|mensaje"
    r"|mensagem).{0,30}?(?:retras|demora|atras)",
    r"vertraagd|ritardo|ritardat|opóźni|отложен|задержива|задержк|будут продолж|遅延|遅れて|再送(?:を試み|し続け)"
    r"|延迟|延遲|稍后重试|försenad|forsinket",
)

# It is given up, whatever else the text says of trying.
GIVEN_UP = _any_of(
    r"(?<!not a )(?<!fails )\bpermanent(?:ly)?\b|\b(?:given|giving) up\b|no further (?:delivery )?attempt"
    r"|will not (?:be (?:re)?tr|be re-?attempt|try|retry|continue|keep)",
    r"will be deleted from|removed from (?:the|our) (?:mail )?queue|\baborted\b|not going to try"
    r"|too long in the queue|cannot send (?:message|mail) (?:for|within)",
    r"dauerhaft|endgültig|définitiv|permanente|definitiv|永久|окончательн|retry time(?:out)? exceeded",
)

# It arrived, and somebody wanted to know.
ARRIVED = _any_of(
    r"\bsuccess(?:ful(?:ly)?)? (?:deliver|relayed|receiv|mail deliv)|\b(?:has been|was"
    r"|were) (?:successfully )?(?:delivered|relayed) (?:to|into)",
    r"successful delivery notification|erfolgreich zugestellt|a été remis aux|ha sido entregado|配信されました"
    r"|送達されました|已成功",
)

# Subjects that only a mail system gives to a report; a person's “Re:” before it makes it a person's.
SUBJECT = _any_of(
    r"un-?deliver(?:able|ed|y)|\bnon-?(?:deliver\w*|remis)|\breturned (?:mail|message|e-?mail|to sender)"
    r"|returning (?:message|mail|to)|failure (?:notice|delivery|report|notif)",
    r"deliver\w*\b.{0,40}?(?:fail|problem|error|report|status|delay|warning|unsuccess|impossible|notif)|(?:fail"
    r"|problem|error|delay|warning)\w*\b.{0,40}?(?:deliver|mail|message|send)",
    r"(?:mail|message|e-?mail)\b.{0,40}?(?:could|can|was|has|not|failed|fail)\b.{0,30}?(?:not|n['’]t|deliver|fail"
    r"|sent|delay|reject)",
    r"mail system error|processing error|bounced?\b|mail (?:failed|rejected)|rejected mail|user (?:unknown"
    r"|not known)|(?:message|mail) (?:delay|reject|block|fail)\w*",
    r"not listed in|blocked by|nameserver error|\bndr\b|\bdsn\b|mta-blocked|undelivarable|not delivered|rejected:"
    r"|message status",
    r"unzustellbar|nicht (?:zugestellt|zustellbar)|zustell\w*.{0,30}?(?:fehl|nicht)|fehler.{0,20}?(?:zustell"
    r"|übermittl)|rückläufer",
    r"[ée]chec|non (?:remis|distribu|d[ée]livr)|(?:mail|courrier|message).{0,20}?(?:retourn|revenu|en erreur)"
    r"|utilisateur non|impossible de",
    r"no (?:entregad|se (?:puede|pudo))|devuelto|error de|entrega|n[ãa]o entreg|n[ãa]o (?:foi )?poss[íi]vel|falha"
    r"|devolvid|mensagem n[ãa]o",
    r"recapit|consegna|non riuscit|onbestelbaar|niet (?:bezorgd|afgeleverd)|mislukt|bezorg|odesłan|niedostarcz"
    r"|niedoręcz|nie dostarcz|zwrot|leverans|ikke leveret",
    r"не ?доставл|ошибка|недоставк|отказ|возврат|не удалось",
    r"配信|配達|配送|送信(?:エラー|でき|失敗|不)|エラー|届きま|届け|不達|宛先|返送|リターン|退信|退回|未送达|未送達"
    r"|失败|失敗|无法|無法|未傳遞|未傳送|传递|投递|投遞|반송|전송 실패|배달",
)

# What every report says, and what is therefore no reason: “undeliverable” but not “undeliverable address”
_NO_REASON = re.compile(r"\bundeliver(?:able|ed)\b(?! address)(?: (?:mail|message))?", re.IGNORECASE)

# How a mail system introduces itself in its first lines, whoever is named as the author
INTRODUCTION = _any_of(
    r"(?:hi|hello)?\W{0,3}this is (?:the|an?) .{0,60}?(?:mail(?:er)?[- ]?(?:system|server|daemon|delivery|agent"
    r"|service)|program"
    r"|\bmta\b|delivery status)",
    r"(?:hi\W{1,3})?the mta program at|this (?:message|report) was (?:created"
    r"|generated) automatically by (?:the )?mail",
    r"\W{2,40}(?:transcript of session|the following addresses had|message log follows|failed recipients"
    r"|failure reasons)",
    r"the original (?:message|mail) was received (?:at|on)|message from \S{3,60}\.\s*$|\*+ message from \w+",
    r"(?:the message that you sent|an? (?:message|error) .{0,20}|your message .{0,40})was undeliverable"
    r"|this report relates to",
    r"(?:your message did not reach|delivery has failed to|delivery to the following"
    r"|sorry,? we were unable to deliver)",
    r"i['’]m afraid i wasn['’]t able to deliver|unable to deliver (?:message|mail|your)"
    r"|an error (?:has )?occurred while (?:trying|attempting)",
    r"\*\* (?:address not found|message not delivered|message blocked|delivery incomplete) \*\*"
    r"|dies ist das mailsystem",
    r"the attached message had|an error was detected while processing the enclosed"
    r"|there was an error delivering your mail",
)

# Who answers or passes on is a person, whatever stands behind it.
ANSWERED = re.compile(
    r"\s*(?:re|fwd?|aw|wg|tr|rv|sv|vs|antw|doorst|odp|enc|i|回复|转发|答复|轉寄)\s?(?:\[\d+\])?\s?[:：]", re.IGNORECASE
)


# a word of DELAY and of ARRIVED each stands near one of these; looking for them costs a tenth
_DELAY_STEMS = (
    *(
        "delay",
        "warning",
        "re-send",
        "resend",
        " yet",
        "n't yet",
        "still",
        "retr",
        "continue",
        "keep",
        "again",
        "go on",
    ),
    *(
        "no action",
        "attempt",
        "deferred",
        "postponed",
        "will try",
        "(delay)",
        "verzögert",
        "versucht",
        "retard",
        "retras",
    ),
    *("demora", "atras", "vertraagd", "ritard", "opóźni", "отложен", "задерж", "продолж", "遅", "再送", "延", "稍后"),
    *("försenad", "forsinket"),
)
_ARRIVED_STEMS = (
    "success",
    "delivered to",
    "delivered in",
    "relayed to",
    "relayed in",
    "zugestellt",
    "remis aux",
    "entregado",
)
_ARRIVED_STEMS_CJK = ("配信されました", "送達されました", "已成功")


def is_late(text: str) -> bool:
    """Return whether a text says that mail is late and still tried, and nowhere that it was given up."""
    low = text.lower()
    return any(stem in low for stem in _DELAY_STEMS) and bool(DELAY.search(text)) and not GIVEN_UP.search(text)


def has_arrived(text: str) -> bool:
    """Return whether a text says that mail arrived, and nowhere that something failed."""
    low = text.lower()
    stems = any(stem in low for stem in (*_ARRIVED_STEMS, *_ARRIVED_STEMS_CJK))
    return stems and bool(ARRIVED.search(text)) and not FAILURE.search(text)


def without_stock_words(text: str) -> str:
    """Return a text without the words that every report has, so that none of them is taken for the reason."""
    return _NO_REASON.sub("", text)
