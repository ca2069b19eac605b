"""Wishes: the words by which a list says that somebody must not be mailed, in the languages press offices use.

Owns the tables of `marks`, each word with the reason it stands for. Pure data. A new language is a few words more in a
table, never a branch. Words are compared in the compact form (`words.compact`), so `désinscri` finds every ending.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from mailer.contacts.meaning.words import compact, plain
from mailer.contacts.values import MarkReason

Table: TypeAlias = dict[str, MarkReason]

OUT, DEAD, NEVER = MarkReason.OPTED_OUT, MarkReason.DEAD_ADDRESS, MarkReason.DO_NOT_CONTACT
COMPLAINT, NO = MarkReason.COMPLAINED, MarkReason.NO_CONSENT


def _table(*rows: tuple[MarkReason, str]) -> Table:
    return {compact(word): reason for reason, words in rows for word in words.split(",")}


def _typed(*rows: tuple[MarkReason, str]) -> Table:
    return {plain(word): reason for reason, words in rows for word in words.split(",")}


def _as_typed(*rows: tuple[MarkReason, str]) -> Table:
    return {word: reason for reason, words in rows for word in words.split(",")}


def _words(words: str) -> frozenset[str]:
    return frozenset(compact(word) for word in words.split(","))


# Columns that speak by being filled in: the heading contains one of these (of several words: beginning with a word) …
FLAG_PARTS: Final = _typed(
    (
        OUT,
        (
            "consent withdrawn,consent revoked,withdrawal of consent,consent withdrawal,widerrufen,widerruf,"
            "zurückgezogen,consentement retiré,retrait du consentement,consentimiento revocado,"
            "consentimiento retirado,consenso revocato,consenso ritirato,consentimento revogado,"
            "consentimento retirado,toestemming ingetrokken,zgoda cofnięta,zgoda wycofana,cofnięcie zgody,"
            "wycofanie zgody,samtykke trukket"
        ),
    ),
    (NEVER, "email disabled,emails disabled"),
    (
        OUT,
        (
            "unsub,opt out,optout,opted out,optedout,refus de mail,refus mail,refus denvoi,refus de contact,"
            "refus demail,refus newsletter,désinscri,désabonn,stop email,abgemeldet,abmeld,"
            "austragung,ausgetragen,widerspruch,widersprochen,dado de baja,fecha de baja,darse de baja,"
            "desuscri,cancelación de susc,disiscri,disiscritto,cancellato,cancellazione,cancelou,"
            "cancelled subscription,canceled subscription,résili,cancelou inscri,descadastr,remover da lista,"
            "afgemeld,uitgeschreven,uitschrijf,wypisan,wypisał,rezygnacj,sprzeciw,odhlášen,afmeldt,framelding,"
            "avmeldt,avregistrera,avanmäld,配信停止,配信拒否,購読解除,配信解除,退会,オプトアウト"
        ),
    ),
    (
        NEVER,
        (
            "do not contact,do not mail,do not email,do not send,dont contact,dont email,donotemail,"
            "donotcontact,do not allow email,do not allow bulk email,no email,blacklist,blocklist,suppressed,"
            "suppression,excluded,exclude from mail,ne pas contacter,ne pas envoyer,ne plus contacter,"
            "liste noire,liste rouge,nicht kontaktieren,nicht anschreiben,nicht mailen,keine email,"
            "keine mails,kein mailing,keine mailings,kein versand,sperrvermerk,gesperrt,mailsperre,"
            "kontaktsperre,werbesperre,no contactar,no enviar,lista negra,non contattare,non inviare,"
            "não contactar,não contatar,não enviar,niet mailen,niet benaderen,niet contacteren,"
            "nie kontaktować,nie wysyłać,nie mailować,czarna lista,kontakt ikke,må ikke kontaktes,"
            "får ej kontaktas,nekontaktovat,連絡不可,連絡不要,送信不可,配信不可,配信禁止,送付不可,連絡禁止"
        ),
    ),
    (
        DEAD,
        (
            "hard bounce,hardbounce,email bounced,emailbounced,bounced at,bounced on,bounce date,"
            "bounce reason,bounced reason,bounced date,last bounce,clean time,clean campaign,invalid email,"
            "email invalid,quarantine,email defekt,email ungültig,unzustellbar,adresse invalide,"
            "email invalide,npai,correo rebotado,email rebotado,rebote duro,correo inválido,email non valida,"
            "email errata,email inválido,odbity,不達,配信エラー"
        ),
    ),
    (COMPLAINT, "complained,complaint,spam report,abuse report,marked as spam,plainte,beschwerde,queja,reclamo"),
)
# … or is one of these.
FLAG_HEADERS: Final = _table(
    (DEAD, "on hold,email on hold"),
    (NEVER, "ng"),
    (OUT, "opposizione,oposición,oposição,bezwaar,verzet,objection,objections,refus,rifiuto,rechazo,einspruch"),
    (OUT, "opposition,baja,bajas,abmeldung,sperre,remove,removed,remove from list,disiscritto,rimosso,odjava"),
    (NEVER, "dnc,dnm,dne,blocked,deleted,deleted at,archived,archived at,disabled,deactivated,deactivated at,inactive"),
    (NEVER, "gelöscht,gelöscht am,deaktiviert,inaktiv,exclu,exclure,excluir,excluido,escluso,escludere,停止,除外"),
    (DEAD, "bounced,bounce,bounces,cleaned,bounce count hard,hard bounces,undeliverable,rebotado,rimbalzato"),
    (COMPLAINT, "spam,junk,abuse"),
)
# A heading with one of these is no flag: "Unsubscribe link", "SMS opt-out", "Opt-in / opt-out text".
NO_FLAG: Final = _words(
    "link,links,url,uri,lien,enlace,token,page,hash,key,code,rate,quote,taux,sms,phone,call,calls,fax,"
    "whatsapp,telefon,post,postal,text,message,history,soft,method,ip,リンク"
)
# Columns that speak by a word: status, subscription, bounce type …
STATUS_PARTS: Final = tuple(
    _words(
        "status,statut,estado,state of subscription,zustand,stato,member rating state,situação,situacao,etat,"
        "tila,stav,subscription state,abonnement,subscription,suscripción,iscrizione,subscrição,subskrypcj,"
        "bounce type,bounce status,bounced type,email health,deliverability,zustellbar,validity,"
        "verification result,ステータス,状態,状況,配信区分,配信可否,配信設定"
    )
)
# … or by a yes and a no …
CONSENT_PARTS: Final = tuple(
    _words(
        "empfang gewünscht,empfang erwünscht,subscri,abonn,suscri,iscriz,subskryp,consent,einwillig,"
        "consentement,consentimiento,consenso,"
        "consentimento,zgoda,samtyk,may we,mag gemaild,mag gemailed,mag benaderd,mag aangeschreven,darf angeschr,"
        "darf kontakt,darf gemailt,dürfen wir,peut être contact,peut on vous,pouvons nous,se puede contactar,"
        "se puede enviar,podemos enviar,può essere contatt,possiamo inviar,pode ser contact,podemos contactar,"
        "mogen wij,można wysyłać,można kontakt,happy to receive,wants to receive,wishes to receive,"
        "would like to receive,souhaite recevoir,souhaitez vous recevoir,möchte erhalten,möchten sie,desea recibir,"
        "quiere recibir,vuole ricevere,desidera ricevere,deseja receber,quer receber,wil ontvangen,wenst te ontvangen,"
        "chce otrzymywać,toestemming,einverstand,autorisation d,autorización,autorizzazione,autorização,permission to,"
        "mailabo,newsletter,pressemitteilung,press release,communiqués de presse,"
        "comunicados de prensa,配信,購読"
    )
)
# … also as a question of a form: "May we contact you by e-mail?" …
ASKED_PARTS: Final = tuple(
    _words(
        "mail,contact,send,receive,kontakt,erhalten,senden,schicken,anschreiben,recevoir,envoyer,courriel,"
        "recibir,enviar,correo,ricevere,inviare,receber,ontvangen,sturen,otrzymywać,wysyłać,modtage,få,メール,"
        "連絡,送"
    )
)
# … and those in which the words "pending" and "inactive" are about mail.
SUBSCRIPTION_PARTS: Final = tuple(
    _words("subscri,abonn,email,mail,newsletter,consent,optin,einwilligung,suscri,iscriz,subskryp,member status,配信")
)
# A wish, plain wherever it stands: in a status, a tag, a note, the name of a sheet. The beginning counts in a word or
# two, any place in a sentence.
_OUT_PHRASES: Final = (
    (
        OUT,
        (
            "unsub,opted out,opt out,optout,désinscri,désabonn,abgemeldet,ausgetragen,abbestellt,widersproch,"
            "dado de baja,dada de baja,darse de baja,desuscri,disiscritt,cancelou,cancelled subscription,"
            "canceled subscription,résili,cancelou inscri,descadastrad,afgemeld,uitgeschreven,wypisan,"
            "zrezygnowa,odhlášen,afmeldt,avmeldt,avregistrerad,配信停止,配信拒否,購読解除,配信解除,"
            "remove from list,remove from mailing,please remove,take off list,take off the list,take me off,"
            "taken off our list,taken off the list,taken off list,baja voluntaria,solicita baja,"
            "solicitó la baja,pidió la baja,pide la baja,asked to be removed,wants to be removed,"
            "aus verteiler,vom verteiler,bitte löschen,bitte entfernen,à retirer de la liste,"
            "retirer de la liste,quitar de la lista,eliminar de la lista,togliere dalla lista,"
            "remover da lista,van de lijst,usunąć z listy,fjernes fra listen,ta bort från listan,"
            "take off the mailing,take off mailing,take off the distribution,take off distribution,off our list,"
            "off the mailing list,off the distribution list,remove from the list,remove from the mailing,"
            "remove from our,remove from all,removed from list at,widerspruch eingelegt,hat widerspr,"
            "aus dem verteiler nehmen,aus dem verteiler genommen,aus dem verteiler entfern,aus dem verteiler lösch,"
            "aus dem verteiler gelöscht,aus dem verteiler streich,aus unserem verteiler,von der liste streich,"
            "von der liste nehmen,von der liste lösch,bitte austragen,bitte streichen,à supprimer,"
            "supprimer de la liste,supprimer du fichier,à enlever de,enlever de la liste,à désinscrire,"
            "retirer du fichier,demandé son retrait,demande de retrait,borrar de la lista,sacar de la lista,"
            "solicita la baja,solicitado la baja,quiere la baja,dar de baja,darle de baja,causa baja,causó baja,"
            "ha pedido la baja,pide ser eliminad,da cancellare,da eliminare,da rimuovere,cancellare dalla lista,"
            "eliminare dalla lista,rimuovere dalla lista,tolto dalla lista,retirar da lista,excluir da lista,"
            "tirar da lista,pediu para sair,pediu remoção,pediu para ser removid,uit de lijst,uit het bestand,"
            "van de verzendlijst,prosi o usunięcie,proszę usunąć,usunąć z bazy"
        ),
    ),
    (
        NEVER,
        (
            "do not contact,do not mail,do not email,do not send,dont contact,dont mail,dont email,dont send,"
            "never contact,never mail,never email,no more emails,no more mail,no emails,wants no email,"
            "wants no mail,no press releases,not to be contacted,not to be mailed,must not be contacted,"
            "ne pas contacter,ne pas envoyer,ne pas écrire,ne pas mailer,ne plus contacter,ne plus envoyer,"
            "ne plus écrire,ne veut plus,ne souhaite plus,liste rouge,nicht kontakt,nicht anschreib,"
            "nicht mailen,nicht mehr anschreib,nicht mehr kontakt,nicht mehr mailen,nicht mehr schicken,"
            "nicht mehr senden,nicht senden,nichts mehr schicken,nichts mehr senden,keine mail,keine e-mail,"
            "keine pressemit,keine weiteren mail,will keine,möchte keine,kein mailing,kein versand,"
            "kontaktsperre,mailsperre,no contactar,no enviar,no escribir,no quiere recibir,no desea recibir,"
            "non contattare,non inviare,non scrivere,non vuole ricevere,não contactar,não contatar,não enviar,"
            "não quer receber,niet mailen,niet benaderen,niet contacteren,niet meer mailen,geen mail,"
            "nie kontaktować,nie wysyłać,nie mailować,nie pisać,kontakt ikke,må ikke kontaktes,"
            "får ej kontaktas,får inte kontaktas,nekontaktovat,phone only,only by phone,nur telefon,"
            "nur per telefon,téléphone uniquement,uniquement par téléphone,solo teléfono,solo por teléfono,"
            "solo telefono,alleen telefonisch,tylko telefon,連絡不可,連絡不要,送信不可,配信不可,配信禁止,"
            "送付不可,連絡禁止,メール不可,配信希望しない,送らないで,配信を希望しない,配信不要,メール不要,送付不要,"
            "送信停止,送付停止,stop sending,stop emailing,stop mailing,no further email,no further mail,"
            "no more releases,no more press releases,no longer wants to receive,no longer wants our,"
            "no longer wants email,no longer wants mail,no longer wants press,no longer wishes to receive,"
            "no longer wishes to be,no longer interested in receiv,does not want to receive,does not want our,"
            "does not want any,does not want email,does not want press,does not wish to receive,does not wish to be,"
            "doesnt want to receive,doesnt want our,doesnt want any,doesnt want email,doesnt want press,"
            "wünscht keine,wünscht nicht,wünscht keinerlei,will nicht mehr,will nichts mehr,möchte nicht mehr,"
            "möchte nichts mehr,möchte keinerlei,keine zusendung,keine infos mehr,keine weiteren pressemit,"
            "nicht mehr zusenden,nicht mehr zuschicken,nichts mehr zuschicken,nichts mehr zusenden,"
            "ne désire plus,ne désire pas recevoir,ne souhaite pas recevoir,ne veut pas recevoir,"
            "ne souhaite pas être contact,ne pas solliciter,no recibir,no quiere más,ya no quiere,ya no desea,"
            "no mandar,no quiere que,non ricevere,non vuole più,non desidera ricevere,non desidera più,"
            "non mandare,non inviare più,não deseja receber,não quer mais,não deseja mais,não mandar,não receber,"
            "wil geen,wenst geen,wil niet meer,niet meer sturen,niet meer versturen,niet sturen,"
            "geen persberichten,geen berichten,nie chce otrzymywać,nie chce dostawać,nie życzy,nie przesyłać"
        ),
    ),
)
OUT_PHRASES: Final = _table(*_OUT_PHRASES)
OUT_TYPED: Final = _typed(*_OUT_PHRASES)
# What follows a wish and makes it another: "Do not contact by phone", "… before ten".
NOT_THEN: Final = _words(
    "byphone,bytelephone,onphone,before,until,after,on,via,during,phone,perphone,am,vor,bis,telefonisch,"
    "pertelefon,anrufen,nach,im,par,avant,apres,portelefono,antes,telefonicamente,prima,telefonisk,przed,"
    "about,with,unless,directly,mit,avec,con,com,met,attachments,attachment,large,files,pictures,photos,"
    "images,pdf,pdfs,anhange,anhang,fotos,bilder,dateien,depieces,dephotos,defichiers,adjuntos,archivos,"
    "allegati,anexos,bijlagen,fotky,samples,gifts,freebies,invoices,invitations,duplicates,twice,onweekends,"
    "atweekends,weekends,sms,bysms,whatsapp,bypost,postalmail,calls,phonecalls,anrufe,anruf,telefonate,angerufen,"
    "telefoniert,appels,llamadas,chiamate,telefonate,chamadas,telefoontjes,gebeld,telefonow,tobecalled,anycalls,"
    "becalled,bephoned,etreappele"
)
# What somebody is out of, or what is about it and no wish: "opt out of calls", "opt-out laws". When and how somebody
# went out ("unsubscribed on 3 March", "by phone") changes nothing.
NOT_OUT_OF: Final = _words(
    "ofcalls,ofsms,ofphone,fromsms,fromcalls,sms,calls,phone,law,laws,rule,rules,link,links,debate,debates,campaign,"
    "campaigns,system,systems,scheme,schemes,right,rights,regulation,regulations,policy,policies,attachments,"
    "attachment,whatsapp"
)
# What stands before a wish and turns it round: "not unsubscribed".
UNDONE_BY: Final = _words("about,über,sur,sobre,not,never,nicht,nie,non,pas,no,noch nicht,jamais,nunca,niet,não,un")
# What systems write into a status; the beginning counts ("Bounced (hard)") …
OUT_STATES: Final = _table(
    (
        DEAD,
        (
            "bounced,bouncing,hard bounce,hardbounce,cleaned,undeliver,unzustellbar,email bounced,"
            "email invalid,unreachable"
        ),
    ),
    (DEAD, "rebotad,rebote duro,rimbalzat,invalide,ungültig,não entreg,devolvid,odbit,不達,宛先不明,エラー,無効"),
    (
        NEVER,
        "suppress,blacklist,blocklist,gesperrt,deceased,verstorben,décédé,fallecid,decedut,falecid,overleden,zmarł",
    ),
    (NEVER, "sperrlist,sperre,dnc list,do not,no contact list,not contactable,停止中,配信対象外"),
    (OUT, "widerspruch,rezygnacj,zrezygnowa,wypisa,cancellat,cancelad,out of list,退会,解約,停止"),
    (COMPLAINT, "complain,spam complaint,marked as spam,reported spam,abuse"),
    (
        NO,
        "non subscribed,nonsubscribed,unconfirmed,not confirmed,nicht bestätigt,unbestätigt,non confirmé,sin confirmar",
    ),
    (NO, "no confirmado,non confermat,não confirmado,niet bevestigd,niepotwierdzon,awaiting confirm,opt in pending"),
    (NO, "no consent,without consent,keine einwilligung,ohne einwilligung,pas de consentement,sans consentement"),
    (
        NO,
        "sin consentimiento,no consiente,nessun consenso,senza consenso,sem consentimento,geen toestemming,brak zgody",
    ),
    (NO, "consent withdrawn,consent denied,consent refused,consent revoked,no permission,no opt in,not opted in"),
    (NO, "not subscribed,nicht abonniert,non abonné,no suscrito,non iscritto,não inscrito,niet ingeschreven"),
)
# … or the whole word alone ("Baja" is a wish, "Baja California" is a place).
OUT_WORDS: Final = _table(
    (DEAD, "bounce,invalid,cleaned,non valida,inválido,inválida,ongeldig,nieprawidłowy,dead,permanent,hard"),
    (NEVER, "left,retired,ausgeschieden,im ruhestand,pensioniert,retraité,jubilado,in pensione"),
    (NEVER, "dnc,dnm,dne,blocked,deleted,disabled,archived,deactivated,gelöscht,deaktiviert,excluded,banned,bloqueado"),
    (NEVER, "bloqueada,bloccato,bloqué,geblokkeerd,zablokowany,除外,ブラックリスト"),
    (OUT, "bajas,abmeldungen,widersprüche,désinscriptions,désabonnements,cancellati,cancellazioni,rezygnacje"),
    (DEAD, "bounces,hard bounces,retours,rückläufer,rebotados,rimbalzati"),
    (
        OUT,
        "gekündigt,storniert,résilié,résiliée,rescindido,disdetto,opgezegd,removed,baja,sperre,refusé,refused,cancelled,canceled,out,abbestellt,annullato,anulado",
    ),
    (COMPLAINT, "spam,junk,complaint,abuse"),
    (NO, "transactional"),
)
# Words that are about mail only under a heading about mail, or beside others that are.
OUT_OF_USE: Final = _table(
    (NO, "pending,ausstehend,en attente,pendiente,in attesa,pendente,in behandeling,oczekuje,保留,未確認"),
    (NEVER, "inactive,inaktiv,inactif,inactivo,inattivo,inativo,inactief,nieaktywny,non actif,無効"),
)
# … and what those others are.
SUBSCRIPTION_WORDS: Final = _words(
    "subscribed,unsubscribed,cleaned,bounced,active,confirmed,unconfirmed,abonniert,abgemeldet,inscrit,"
    "désinscrit,suscrito,iscritto,aktiv,actif,activo,attivo,ativo,actief,aktywny,enabled,blocklisted,購読中"
)
# A tag says it by a wish alone: "spam" may be a beat.
TAG_WORDS: Final = _table(
    (
        NEVER,
        "dnc,dnm,dne,stop,blacklist,blacklisted,blocklist,blocklisted,suppressed,gesperrt,sperre,do not disturb,除外",
    ),
    (DEAD, "bounced,bouncing,hard bounce,hardbounce,cleaned,unzustellbar"),
    (OUT, "widerspruch,abmeldung,baja"),
)
# Columns that ask for consent, and speak by a no …
CONSENT_HEADERS: Final = _words(
    "gdpr,gdpr status,gdpr ok,lgpd,lopd,rgpd ok,"
    "subscribed,is subscribed,subscriber,opt in,opted in,email opt in,double opt in,doi,consent,email consent,"
    "marketing consent,gdpr consent,consent given,has consent,permission,email permission,accepts marketing,"
    "accepts email,accepts email marketing,email subscriber,confirmed,is confirmed,email confirmed,active,"
    "is active,enabled,newsletter,mailing,mailings,emails,send,send mail,send email,mail ok,email ok,mailable,"
    "contactable,may contact,may email,can email,can contact,ok to mail,ok to email,ok to contact,"
    "receives press releases,receive press releases,press releases,press release,wants press releases,"
    "distribution,einwilligung,zustimmung,einverständnis,einverstanden,angemeldet,aktiv,verteiler,"
    "presseverteiler,pressemitteilungen,pm,versand,email erlaubt,mail erlaubt,darf angeschrieben werden,"
    "darf kontaktiert werden,anschreiben,datenschutz,dsgvo,dsgvo einwilligung,inscrit,abonné,consentement,"
    "accord,autorisation,actif,envoi,rgpd,consentement rgpd,accepte les emails,communiqués,suscrito,suscrita,"
    "consentimiento,consiente,acepta,acepta emails,activo,envío,autorización,iscritto,consenso,"
    "consenso privacy,consenso marketing,autorizzazione,attivo,invio,consentimento,autorização,ativo,activo,"
    "subscrito,inscrito,aangemeld,toestemming,ingeschreven,actief,zgoda,zgoda marketingowa,zgoda rodo,rodo,"
    "aktywny,zapisany,samtykke,samtycke,souhlas,aktivní,suostumus,配信,配信希望,配信可,配信許可,メール配信,"
    "メルマガ,メルマガ配信,購読,同意,許諾,配信同意,送信可"
)
# … or by a word that takes it back.
NO_CONSENT_VALUES: Final = _words(
    "ng,no acepta,no autoriza,no consiente,non accetta,non autorizza,não aceita,não autoriza,naccepte pas,lehnt ab,"
    "akzeptiert nicht,stimmt nicht zu,does not accept,does not consent,doesnt consent,gaat niet akkoord,"
    "never subscribed,not subscribed,withdrawn,withdrew,revoked,declined,refused,rejected,denied,objected,"
    "expired,verweigert,abgelehnt,widerrufen,nicht erteilt,zurückgezogen,refusé,retiré,révoqué,revocado,"
    "retirado,rechazado,denegado,revocato,negato,rifiutato,ritirato,recusado,revogado,ingetrokken,geweigerd,"
    "odmowa,cofnięta,wycofana,refus,rechazo,rifiuto,recusa,weigering,ablehnung,nekad,trukket tilbage,不同意,"
    "拒否,停止,inactive,inaktiv,inactif,off,opt out,optedout,unconfirmed,never,not given,pas d'accord,"
    "do not allow,disallow,pending,awaiting,requested,ausstehend,en attente,pendiente,in attesa,pendente"
)
NO_VALUES: Final = _words(
    "n,no,not,none,false,f,0,0.0,nein,falsch,non,faux,nope,falso,nee,nej,nei,never,nie,jamais,nunca,null,na,"
    "keine,não,nao,ne,niet,vero no,fałsz,いいえ,無,なし,否,不可,未,×,✗,✘,❌,☐,希望しない,しない,偽,ei,onwaar,"
    "00000000,00000000000000,n.a,empty,nan,nil"
)
STILL_IN_VALUES: Final = _words(
    "active,aktiv,actif,activo,attivo,ativo,subscribed,abonniert,inscrit,suscrito,iscritto,ok,in,opted in,"
    "opt in,allow,allowed,erlaubt,zulassen,autoriser,permitir,valid,deliverable,clean,soft,soft bounce,配信中,"
    "可,confirmed,enabled,unknown,not opted out,none,nothing"
)

# Whatever the heading, and where there is none: a cell that holds a wish and nothing else, as it is typed.
BARE_WISHES: Final = _as_typed(
    (OUT, "unsubscribed,unsubscribe,opted out,opted-out,opt-out,opt out,optout,désinscrit,désinscrite,désabonné"),
    (OUT, "désabonnée,abgemeldet,ausgetragen,dado de baja,dada de baja,disiscritto,disiscritta,afgemeld,uitgeschreven"),
    (OUT, "wypisany,wypisana,配信停止,descadastrado"),
    (
        NEVER,
        "do not contact,do not email,do not mail,don't contact,don't email,don't mail,dnc,do-not-contact,blacklisted",
    ),
    (
        NEVER,
        "blocklisted,ne pas contacter,ne plus contacter,nicht kontaktieren,nicht anschreiben,nicht mehr anschreiben",
    ),
    (NEVER, "nicht mehr kontaktieren,gesperrt,no contactar,non contattare,não contactar,niet mailen,nie kontaktować"),
    (NEVER, "連絡不可,配信不可,do_not_contact,do not send,keine mails,keine mails mehr,bitte nicht anschreiben"),
    (DEAD, "hard bounce,hard bounced,hardbounce,hard-bounce,unzustellbar"),
)

# What a heading says of how to fill it in: "Remove? (Y/N)".
FILL_IN: Final = re.compile(
    r"[(\[（【][^)\]）】]*[)\]）】]|\b(y/n|yes/no|j/n|ja/nein|ja/nee|o/n|oui/non|s/n|s[íì]/no|sim/não|t/n|tak/nie)\b"
    r"|\bx ?= ?\w+",
    re.IGNORECASE,
)
# Signs that say no under "Newsletter", and those that say nothing under "Opt-out".
NO_SIGNS: Final = frozenset("✗✘✖×❌☐□")
EMPTY_SIGNS: Final = frozenset("-–—−―☐□._/?…'\"[]{}()")
# What is about another way to reach somebody: "SMS consent", "Phone status".
ANOTHER_WAY: Final = _words("sms,phone,fax,whatsapp,telefon,call,calls,push,whats")
