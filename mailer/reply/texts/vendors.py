"""Vendors: codes and sentences that one vendor alone says.

Owns what a postmaster page of one provider explains and no word beside the code does. Never a general sentence.
Sources are named in each example's row: the providers' public postmaster pages.
"""

from __future__ import annotations

from mailer.reply.reasons import Reason
from mailer.reply.texts.rows import row

ROWS = (
    # Microsoft 365, Exchange Online: troubleshooting of non-delivery reports
    row(
        Reason.USERUNKNOWN,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; nobody by that SMTP address",
        *("resolver.adr.recipnotfound", "resolver.adr.recipientnotfound", "resolver.adr.exrecipnotfound"),
        *("resolver.adr.exsmtprecipientnotfound", "not found by smtp address lookup", "recipientnotfound"),
        *("resolver.adr.badprimary", "resolver.adr.invalidsmtp"),
        is_final=True,
    ),
    # Directory-based blocking at the edge: nobody of that name, or a directory that is not complete
    row(
        Reason.USERUNKNOWN,
        "550 5.4.1 Recipient address rejected: Access denied",
        "recipient address rejected access denied",
    ),
    row(
        Reason.SECURITYERROR,
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; the group takes members' mail alone",
        *("resolver.rst.authrequired", "sendernotauthenticatedfor", "resolver.rst.notauthorized"),
        *("resolver.rst.sendernotauthenticated", "authentication required for relay"),
    ),
    row(
        Reason.REJECTED,
        "550 5.7.124 RESOLVER.RST.SenderNotInAllowedSendersList",
        *("sendernotinallowed", "sender not in allowed", "resolver.rst.restricted"),
    ),
    row(Reason.EXCEEDLIMIT, "550 5.2.3 RESOLVER.RST.RecipSizeLimit; too large for this recipient", "recipsizelimit"),
    row(
        Reason.MESGTOOBIG,
        "550 5.3.4 RESOLVER.RST.SendSizeLimit.Org; the limit is 30 MB",
        "sendsizelimit",
        "sizelimit.org",
    ),
    row(
        Reason.MAILBOXFULL,
        "554 5.2.2 STOREDRV.Deliver.Exception:QuotaExceededException; no more for this one",
        *("quotaexceeded", "storedrv.deliver * mailboxfull", "resolver.adr.overquota"),
    ),
    row(
        Reason.SPEEDING,
        "550 5.2.121 RESOLVER.RST.RecipientThreshold; the hour's limit for this recipient",
        *("recipientthreshold", "has exceeded the tenant", "tenant has exceeded"),
        "traffic not accepted from this ip * exceeded",
    ),
    row(Reason.SUSPEND, "554 5.2.0 STOREDRV.Deliver; MailboxDisabled", "mailboxdisabled", "mailbox.disabled"),
    row(Reason.EXPIRED, "550 4.4.7 QUEUE.Expired; the message was too long on its way", "queue.expired"),
    row(
        Reason.NETWORKERROR, "554 5.4.14 ROUTING.LoopDetected; back to where it was", "loopdetected", "5.4.14 hop count"
    ),
    row(Reason.SYSTEMERROR, "432 4.3.2 STOREDRV.Storage; a store is away", "storedrv.storage"),
    row(
        Reason.BLOCKED,
        "550 5.7.606 Access denied, banned sending IP 192.0.2.9",
        *("banned sending ip", "s3140", "s3150", "traffic not accepted from this ip", "blocked sending ip"),
        *("part of their network is on our block list", "access denied banned sender", "access denied bad outbound"),
    ),
    # Outlook.com's postmaster page
    row(
        Reason.POLICYVIOLATION,
        "550 SC-001 (SNT004-MC1F3) Unfortunately, mail from 192.0.2.9 was not taken for policy reasons",
        *(" sc 001 ", " sc 002 ", " sc 003 ", " sc 004 ", " ou 002 ", " dy 001 ", " dy 002 "),
    ),
    row(Reason.BLOCKED, "550 OU-001 (BAY0) mail from 192.0.2.9 was rejected", " ou 001 "),
    # Gmail's SMTP reference, and its help links
    row(
        Reason.BADREPUTATION,
        "550-5.7.1 the very low reputation of the sending domain",
        "very low reputation",
    ),
    row(
        Reason.USERUNKNOWN,
        "550-5.1.1 Look at https://support.google.com/mail/?p=NoSuchUser",
        "p.nosuchuser",
        is_final=True,
    ),
    row(
        Reason.SUSPEND, "550 5.2.1 https://support.google.com/mail/?p=DisabledUser", "p.disableduser", "p.inactiveuser"
    ),
    row(Reason.MAILBOXFULL, "452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp", "p.overquota"),
    row(Reason.SPEEDING, "450 4.2.1 https://support.google.com/mail/?p=ReceivingRate", "p.receivingrate"),
    row(
        Reason.SPAMDETECTED,
        "550-5.7.1 https://support.google.com/mail/?p=UnsolicitedMessageError",
        *("p.unsolicitedmessageerror", "p.unsolicitedcontenterror"),
    ),
    row(
        Reason.SPEEDING,
        "421-4.7.28 https://support.google.com/mail/?p=UnsolicitedRateLimitError",
        *("p.unsolicitedratelimit", "p.unsolicitediperror", "p.exceedsrate", "p.maildirectexceeded"),
    ),
    row(
        Reason.REQUIREPTR,
        "550-5.7.25 https://support.google.com/mail/?p=IPv6AuthError PTR",
        "5.7.25 ",
        "4.7.23 ",
        "4.7.25 ",
    ),
    row(
        Reason.AUTHFAILURE,
        "550-5.7.26 https://support.google.com/mail/?p=UnauthenticatedMessage",
        *("p.unauthenticated", "p.dmarcrejection", "5.7.26 ", "4.7.27 ", "4.7.30 ", "4.7.32 ", "p.ipv6autherror"),
    ),
    row(Reason.VIRUSDETECTED, "552-5.7.0 https://support.google.com/mail/?p=BlockedMessage", "p.blockedmessage"),
    row(
        Reason.NOTCOMPLIANTRFC,
        "550-5.7.1 https://support.google.com/mail/?p=RfcMessageNonCompliant",
        *("p.rfcmessagenoncompliant", "not rfc 5322 compliant", "not rfc 2822 compliant"),
    ),
    row(Reason.REJECTED, "You write from an alias by the 'Send mail as' feature", "send mail as"),
    row(Reason.MESGTOOBIG, "552 5.3.4 https://support.google.com/mail/?p=MaxSizeError", "p.maxsizeerror"),
    row(
        Reason.SECURITYERROR,
        "530-5.7.0 https://support.google.com/mail/?p=WantAuthError",
        "p.wantautherror",
        "p.badcredentials",
    ),
    # Yahoo and AOL (sender hub)
    row(
        Reason.USERUNKNOWN,
        "554 delivery error: dd This user has no example.com account",
        "delivery error dd ",
        is_final=True,
    ),
    row(Reason.SPAMDETECTED, "554 5.7.9 [PH01] Message not taken for policy reasons", " ph01 "),
    row(
        Reason.POLICYVIOLATION, "554 Message not accepted for policy reasons", "message not accepted for policy reasons"
    ),
    row(
        Reason.SPEEDING,
        "421 4.7.0 [TSS04] Messages from 192.0.2.9 are put off",
        " tss0",
        " tss1",
        " ts01 ",
        " ts02 ",
        " ts03 ",
    ),
    row(
        Reason.BLOCKED,
        "553 5.7.1 [BL21] Connections will not be taken from 192.0.2.9",
        " bl2",
        "hvu b1",
        "rtr bb",
        "rtr bl",
        "dyn t1",
    ),
    # Comcast, Cox, Charter/Spectrum
    row(
        Reason.BLOCKED,
        "554 BL000000 refused, the address 192.0.2.9 is listed",
        " bl000",
        " dl000",
        " cdrbl ",
        "cxbl ",
        " csbl ",
    ),
    row(Reason.SPEEDING, "421 RL000001 sending too much", " rl000", " cxthrt ", "aup out 1"),
    row(Reason.TOOMANYCONN, "550 5.1.0 sender rejected. AUP#In-1310", "aup in 13", "aup i 13", " cxcnct ", " cxmj "),
    row(Reason.REQUIREPTR, "554 ERROR: no reverse DNS, AUP#CXDNS", " cxdns "),
    row(Reason.REJECTED, "550 sender rejected AUP#CXSNDR", " cxsndr ", "aup cxsndr"),
    row(
        Reason.BLOCKED, "550 5.1.0 refused. AUP#In-1000", "aup in 1", "aup i 1", " e2110", "e3110 ", "e3111 ", "e3112 "
    ),
    row(Reason.SYNTAXERROR, "550 AUP#CXSMTP not the command now", " cxsmtp "),
    # Orange, wanadoo, La Poste, SFR (codes OFR_, LPN)
    row(
        Reason.USERUNKNOWN,
        "550 5.1.1 Adresse invalide. Invalid recipient. OFR_416 [416]",
        *("ofr 416", "lpn007 416"),
        is_final=True,
    ),
    row(
        Reason.MAILBOXFULL,
        "552 5.2.2 Boite du destinataire pleine. OFR_417 [417]",
        *("ofr 417", "ofr 513", "lpn007 417", "boite du destinataire pleine"),
    ),
    row(
        Reason.SUSPEND,
        "550 5.2.1 Boite du destinataire bloquee. OFR_420 [420]",
        *("ofr 420", "ofr 426", "ofr 427", "ofr 505", "ofr 515", "boite du destinataire archivee"),
        "boite du destinataire bloquee",
    ),
    row(Reason.SPAMDETECTED, "550 5.7.1 Mail rejete. OFR_506 [506]", "ofr 506", "lpn007 506"),
    row(
        Reason.MESGTOOBIG,
        "552 5.3.4 Taille limite du message atteinte. OFR_514 [514]",
        "ofr 514",
        "taille limite du message",
    ),
    row(
        Reason.TOOMANYCONN,
        "421 OFR004_104 Too many connections",
        *("ofr 104", "ofr004 104", "ofr 109", "ofr 201", "ofr006 201"),
    ),
    row(
        Reason.BLOCKED,
        "550 Service refused. OFR_103 [103]",
        "ofr 103",
        "ofr 105",
        "ofr 510",
        "ofr 511",
        "ofr 999",
        "ofr004 102",
    ),
    row(
        Reason.REJECTED,
        "550 5.1.8 Emetteur invalide. OFR_405 [405]",
        "ofr 405",
        "ofr 415",
        "ofr 418",
        "emetteur invalide",
    ),
    row(Reason.POLICYVIOLATION, "554 5.7.1 Client host rejected. OFR_630", "ofr 63", "ofr 64", "ofr 7"),
    # Apple
    row(Reason.SPAMDETECTED, "554 5.7.1 [HM08] Message rejected due to local policy", " hm08 "),
    row(Reason.POLICYVIOLATION, "550 5.7.1 [CS01] Message rejected due to local policy", " cs01 "),
    row(Reason.BLOCKED, "554 [HVU:B1] Your mail server is held back", "hme1 ", "proofpoint dynamic reputation"),
    # GoDaddy
    row(
        Reason.BLOCKED,
        "554 IB103 192.0.2.9 is on our list",
        " ib103 ",
        " ib104 ",
        " ib105 ",
        " ib106 ",
        " ib108 ",
        " ib110 ",
        " ib111 ",
    ),
    row(
        Reason.SPEEDING,
        "421 IB007 too much from 192.0.2.9",
        " ib007 ",
        " ib101 ",
        " ib001 ",
        " ib010 ",
        " ib501 ",
        " ib502 ",
    ),
    row(
        Reason.SPAMDETECTED,
        "552 IB212 the text is spam",
        " ib212 ",
        " ib401 ",
        " ib402 ",
        " ib403 ",
        " ib506 ",
        " ib508 ",
    ),
    row(Reason.CONTENTERROR, "552 IB504 a header too many", " ib504 ", " ib505 ", " ib510 "),
    # Tencent, NetEase, Aliyun
    row(Reason.SPAMDETECTED, "554 DT:SPM mail.example.net", "dt spm", "dt spam", "content rejected by rule"),
    row(Reason.BLOCKED, "550 DT:SPI 192.0.2.9", "dt spi"),
    row(Reason.AUTHFAILURE, "550 MI:SPF mail.example.net", "mi spf", "mi nbl"),
    row(Reason.USERUNKNOWN, "550 RP:RCL the recipient is not here", "rp rcl", is_final=True),
    row(Reason.SPEEDING, "450 RP:QRC enough recipients for today", "rp qrc", "rp cel", "mi dmc", "rp tre"),
    row(
        Reason.TOOMANYCONN,
        "550 Connection frequency limited",
        "connection frequency",
        "ip frequency",
        "domain frequency",
    ),
    row(Reason.TOOMANYCONN, "450 MI:CEL too many from this address", "mi cel", "mi cec", "dt cel"),
    row(Reason.BLOCKED, "550 MI:CAB no more mail from 192.0.2.9", "mi cab", "ip is rejected", "ip is hangup"),
    row(Reason.SUSPEND, "550 User suspended", "user hangup", "user suspended"),
    row(Reason.FILTERED, "550 Mail is rejected by recipients", "mail is rejected by recipients", "user in blacklist"),
    row(Reason.SPEEDING, "550 Mailbox unavailable or access denied", "550 mailbox unavailable or access denied"),
    row(Reason.SPAMDETECTED, "550 Mail content denied", "mail content denied", "suspected spam", "spam is embedded"),
    row(Reason.BLOCKED, "550 Suspected bounce attacks", "suspected bounce attack", "hl rep", "dt rbl", "wm bli"),
    row(Reason.TOOMANYCONN, "421 HL:ICC 192.0.2.9", "hl icc", "sender frequency", "hl ifc", "hl ich"),
    row(Reason.BLOCKED, "421 HL:MEP 192.0.2.9", "hl mep", "mi sfq"),
    # Mimecast, Proofpoint, Barracuda, Cisco, T-Online, GMX
    row(Reason.REJECTED, "550 Envelope blocked", "envelope blocked", "envelope rejected"),
    row(
        Reason.POLICYVIOLATION, "554 Host network not allowed", "host network not allowed", "administrative prohibition"
    ),
    row(Reason.SECURITYERROR, "550 Please turn on SMTP Authentication", "turn on smtp authentication"),
    row(Reason.USERUNKNOWN, "550 #5.1.0 Address rejected", "5.1.0 address rejected", "5.1.1 address rejected"),
    row(Reason.SPAMDETECTED, "550 permanent failure (Barracuda: ube)", " ube ", "barracuda * spam"),
    row(Reason.BLOCKED, "554 IP=192.0.2.9 - None/bad reputation. Ask tosa@rx.example.org", "none bad reputation"),
    row(
        Reason.BLOCKED,
        "550 5.7.0 please use the smtp server of your provider",
        "use the smtp server of your",
        "use your isp",
    ),
    row(Reason.SYSTEMERROR, "421 4.3.0 Upstream error, look there", "upstream error"),
)
