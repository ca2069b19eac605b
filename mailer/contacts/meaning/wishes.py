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
    "link,links,url,uri,lien,enlace,token,page,hash,key,code,rate,rates,quote,taux,sms,phone,call,calls,fax,"
    "whatsapp,telefon,post,postal,text,message,history,soft,method,ip,リンク"
)
# Columns that speak by a word: status, subscription, bounce type …
STATUS_PARTS: Final = tuple(
    _words(
        "status,statut,estado,state of subscription,zustand,stato,member rating state,situação,situacao,etat,"
        "tila,stav,subscription state,abonnement,subscription,suscripción,iscrizione,subscrição,subskrypcj,"
        "bounce type,bounce status,bounced type,email health,deliverability,zustellbar,validity,"
        "verification result,ステータス,状態,状況,配信区分,配信可否,配信設定,状态,狀態,상태,статус"
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
        "quiere recibir,vuole ricevere,desidera ricevere,deseja receber,quer receber,wil ontvangen,"
        "wenst te ontvangen,"
        "chce otrzymywać,toestemming,einverstand,autorisation d,autorización,autorizzazione,autorização,"
        "permission to,"
        "mailabo,newsletter,pressemitteilung,press release,communiqués de presse,"
        "comunicados de prensa,配信,購読,订阅,訂閱,同意接收,수신 동의,구독,согласие,подписка,рассылка"
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
            "canceled subscription,résili,cancelou inscri,descadastrad,afgemeld,uitgeschreven,wypisan,zrezygnowa,"
            "odhlášen,afmeldt,avmeldt,avregistrerad,配信停止,配信拒否,購読解除,配信解除,remove from list,"
            "remove from mailing,please remove,take off list,take off the list,take me off,taken off our list,"
            "taken off the list,taken off list,baja voluntaria,solicita baja,solicitó la baja,pidió la baja,"
            "pide la baja,asked to be removed,wants to be removed,aus verteiler,vom verteiler,bitte löschen,"
            "bitte entfernen,à retirer de la liste,retirer de la liste,quitar de la lista,eliminar de la lista,"
            "togliere dalla lista,remover da lista,van de lijst,usunąć z listy,fjernes fra listen,"
            "ta bort från listan,take off the mailing,take off mailing,take off the distribution,"
            "take off distribution,off our list,off the mailing list,off the distribution list,remove from the list,"
            "remove from the mailing,remove from our,remove from all,removed from list at,widerspruch eingelegt,"
            "hat widerspr,aus dem verteiler nehmen,aus dem verteiler genommen,aus dem verteiler entfern,"
            "aus dem verteiler lösch,aus dem verteiler gelöscht,aus dem verteiler streich,aus unserem verteiler,"
            "von der liste streich,von der liste nehmen,von der liste lösch,bitte austragen,bitte streichen,"
            "à supprimer,supprimer de la liste,supprimer du fichier,à enlever de,enlever de la liste,à désinscrire,"
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
            "never contact,never mail,never email,no more emails,no more mail,no emails,wants no email,wants no mail,"
            "no press releases,not to be contacted,not to be mailed,must not be contacted,ne pas contacter,"
            "ne pas envoyer,ne pas écrire,ne pas mailer,ne plus contacter,ne plus envoyer,ne plus écrire,"
            "ne veut plus,ne souhaite plus,liste rouge,nicht kontakt,nicht anschreib,nicht mailen,"
            "nicht mehr anschreib,nicht mehr kontakt,nicht mehr mailen,nicht mehr schicken,nicht mehr senden,"
            "nicht senden,nichts mehr schicken,nichts mehr senden,keine mail,keine e-mail,keine pressemit,"
            "keine weiteren mail,will keine mail,will keine email,will keine e-mail,will keine pressem,"
            "will keine weiteren,will keine infos,will keine nachricht,will keine post von,möchte keine mail,"
            "möchte keine email,möchte keine e-mail,möchte keine pressem,möchte keine weiteren,möchte keine infos,"
            "möchte keine nachricht,möchte keine post von,kein mailing,kein versand,kontaktsperre,mailsperre,"
            "no contactar,no enviar,no escribir,no quiere recibir,no desea recibir,non contattare,non inviare,"
            "non scrivere,non vuole ricevere,não contactar,não contatar,não enviar,não quer receber,niet mailen,"
            "niet benaderen,niet contacteren,niet meer mailen,geen mail,nie kontaktować,nie wysyłać,nie mailować,"
            "nie pisać,kontakt ikke,må ikke kontaktes,får ej kontaktas,får inte kontaktas,nekontaktovat,phone only,"
            "only by phone,nur telefon,nur per telefon,téléphone uniquement,uniquement par téléphone,solo teléfono,"
            "solo por teléfono,solo telefono,alleen telefonisch,tylko telefon,連絡不可,連絡不要,送信不可,配信不可,"
            "配信禁止,送付不可,連絡禁止,メール不可,配信希望しない,送らないで,配信を希望しない,配信不要,メール不要,"
            "送付不要,送信停止,送付停止,stop sending,stop emailing,stop mailing,no further email,no further mail,"
            "no more releases,no more press releases,no longer wants to receive,no longer wants our,"
            "no longer wants email,no longer wants mail,no longer wants press,no longer wishes to receive,"
            "no longer wishes to be,no longer interested in receiv,does not want to receive,does not want our,"
            "does not want any,does not want email,does not want press,does not wish to receive,does not wish to be,"
            "doesnt want to receive,doesnt want our,doesnt want any,doesnt want email,doesnt want press,"
            "wünscht keine,wünscht nicht,wünscht keinerlei,will nicht mehr,will nichts mehr,möchte nicht mehr,"
            "möchte nichts mehr,möchte keinerlei,keine zusendung,keine infos mehr,keine weiteren pressemit,"
            "nicht mehr zusenden,nicht mehr zuschicken,nichts mehr zuschicken,nichts mehr zusenden,ne désire plus,"
            "ne désire pas recevoir,ne souhaite pas recevoir,ne veut pas recevoir,ne souhaite pas être contact,"
            "ne pas solliciter,no recibir,no quiere más,ya no quiere,ya no desea,no mandar,no quiere que,"
            "non ricevere,non vuole più,non desidera ricevere,non desidera più,non mandare,non inviare più,"
            "não deseja receber,não quer mais,não deseja mais,não mandar,não receber,wil geen,wenst geen,"
            "wil niet meer,niet meer sturen,niet meer versturen,niet sturen,geen persberichten,geen berichten,"
            "nie chce otrzymywać,nie chce dostawać,nie życzy,nie przesyłać"
        ),
    ),
    (
        OUT,
        (
            "un subscribe,removed from list,removed from lists,removed from mailing,removed from the list,"
            "removed from the mailing,removed from our,removed from all,removed from distribution,removed at own,"
            "removed at her,removed at his,removed at their,removed by request,removed on request,remove me,"
            "remove him,remove her,remove them,remove this contact,remove this person,pls remove,pls delete,"
            "please delete,delete from list,delete from the list,delete from our,deleted from list,deleted at own,"
            "deleted on request,drop from list,drop from the list,exclude from mail,exclude from list,"
            "exclude from all mail,asked to be taken off,asked to be deleted,asked to be off,asked to come off,"
            "asked for removal,asked for deletion,requested removal,requested deletion,requests removal,"
            "removal request,erasure request,requested erasure,exercised right,exercised his right,"
            "exercised her right,wants off,wants to be off,wants out of,wants removal,wants to be taken off,"
            "take off all,take him off,take her off,take them off,withdrew consent,consent withdrawn,consent revoked,"
            "withdrawn consent,objected to mail,objected to email,objected to receiv,objected to process,"
            "objected to market,objects to mail,objects to email,objects to receiv,abmeldung,bitte abmelden,"
            "aus liste lösch,aus liste entfern,aus der liste,von liste lösch,möchte gelöscht werden,"
            "will gelöscht werden,möchte raus,will raus,löschung gewünscht,löschung verlangt,löschung beantragt,"
            "löschwunsch,widerspruch gegen,widerspruch am,widerspruch vom,dsgvo widerspruch,désinscription,"
            "désabonnement,souhaite être retir,souhaite être supprim,demande à être retir,demande à être supprim,"
            "demandé à être retir,demandé à être supprim,veut être retir,veut se désinscrire,baja solicitada,"
            "solicitud de baja,pedido de baja,pidió ser eliminad,pidió ser borrad,pedido ser eliminad,"
            "borrar contacto,chiesto di essere cancellat,chiesto di essere rimoss,chiesto di essere tolt,"
            "chiede di essere cancellat,chiede di essere rimoss,chiesto la cancellazione,chiede la cancellazione,"
            "richiesta cancellazione,richiesta di cancellazione,pediu para ser retirad,solicitou remoção,"
            "solicitou a remoção,solicitou descadastr,cancelar subscrição,cancelar inscrição,wil eraf,"
            "wil van de lijst,graag verwijderen,verzoek tot verwijdering,graag afmelden,graag uitschrijven,"
            "prosił o usunięcie,prosiła o usunięcie,poprosił o usunięcie,poprosiła o usunięcie,usunięty na prośbę,"
            "usunięta na prośbę,rezygnacja z,cofnął zgodę,cofnęła zgodę,wycofał zgodę,wycofała zgodę,frameldt,"
            "fjern fra listen,fjern fra list,fjernes fra,slettes fra listen,bedt om at blive fjernet,"
            "bedt om å bli fjernet,bett om att tas bort,bett om att bli borttagen,tas bort från,ta bort från,"
            "avprenumerer,poista listalta,poistettava listalta,pyysi poist,peruutti tilauksen,perunut tilauksen,"
            "odhlásil,odhlášen,vyřadit ze seznamu,odstranit ze seznamu,smazat ze seznamu,požádal o vyřazení,"
            "požádala o vyřazení,odhlásený,leiratkoz,törlését kérte,dezabonat,dezabonare,scos de pe lista,"
            "eliminat din lista,отписался,отписалась,отписан,отписка,отказ от рассылки,отказался от рассылки,"
            "отказалась от рассылки,удалить из рассылки,убрать из рассылки,исключить из рассылки,удалить из списка,"
            "убрать из списка,просил удалить,просила удалить,просит удалить,відписався,відписалась,відписка,"
            "відмова від розсилки,видалити з розсилки,abonelikten çık,aboneliği iptal,listeden çıkar,listeden çıkmak,"
            "listeden sil,διαγραφή από,απεγγραφή,διαγράφηκε,إلغاء الاشتراك,ألغى الاشتراك,ألغت الاشتراك,"
            "إزالة من القائمة,להסיר מהרשימה,הוסר מהרשימה,ביקש להסיר,ביקשה להסיר,退订,取消订阅,从名单中删除,"
            "从名单删除,移出名单,要求删除,要求移除,退訂,取消訂閱,從名單中刪除,從名單刪除,移出名單,要求刪除,수신거부,"
            "수신 거부,구독 취소,구독취소,구독 해지,구독해지,수신 해지,해지 요청,삭제 요청,명단에서 삭제,"
            "리스트에서 삭제,리스트에서 제외,リストから削除,リストから外,名簿から削除,削除依頼,削除希望,停止希望,"
            "停止依頼,解除希望,解除依頼,受信拒否,配信を停止,配信中止"
        ),
    ),
    (
        NEVER,
        (
            "donotcontact,donotemail,donotmail,do not e mail,do not spam,do not approach,do not write,do not message,"
            "do not include,do not ever,dont ever,dont write,dont pitch,dont include,do not use this email,"
            "do not use this address,do not use email,do not use address,no email,no mail,no mailings,no mailing,"
            "no contact,wants no contact,not by email,email: no,emails: no,mail: no,not by mail,not be contacted,"
            "not be emailed,not be mailed,not to be emailed,not to receive,not want mail,not want email,"
            "not want contact,not want press,not want releases,not want to be contacted,not want to be emailed,"
            "doesnt want mail,doesnt want contact,doesnt want releases,doesnt want to be,does not want to be,"
            "no longer wants to be,no longer wants to hear,stop contacting,stop writing,not interested in receiv,"
            "asked not to be contacted,asked not to be emailed,asked not to be mailed,asked not to get,"
            "not wish to receive,nicht per mail,nicht per email,keine pms,keine pressemeld,keine presseinfo,"
            "keine infos,keine nachricht,nicht beschicken,nicht bemailen,nicht mehr bemailen,nicht versenden,"
            "will nicht angeschrieben,möchte nicht angeschrieben,möchte nicht kontaktiert,will nicht kontaktiert,"
            "möchte nicht per,kein kontakt gewünscht,kein kontakt erwünscht,kein kontakt mehr,keine kontaktaufnahme,"
            "keinen kontakt mehr,pas de mail,pas demail,pas de communiqué,plus de mail,plus demail,"
            "plus de communiqué,plus aucun mail,plus aucun email,plus rien envoyer,stop mail,stop email,"
            "ne pas emailer,ne pas déranger,souhaite ne plus,désire ne plus,ne veut pas être,no molestar,"
            "no más correos,no más emails,no más mails,pidió no recibir,pide no recibir,solicita no recibir,"
            "no quiere correos,no quiere emails,no quiere mails,no escribirle,no enviarle,no mandarle,niente mail,"
            "niente email,non vuole mail,non vuole email,non vuole essere contatt,non disturbare,"
            "chiesto di non ricevere,chiede di non ricevere,parar de enviar,pediu para não,pede para não,sem emails,"
            "não incomodar,não escrever,geen email,niet meer benaderen,niet meer contact,wil niet gemaild,"
            "wil niet benaderd,geen contact meer,geen contact opnemen,geen persbericht,niet emailen,nie wysyłaj,"
            "nie kontaktuj,nie kontaktujcie,nie mailuj,nie mailujcie,nie pisz,"
            "nie piszcie,nie wysyłajcie,niewysyłanie,bez maili,żadnych maili,nie chce maili,"
            "nie chce wiadomości,nie chce być kontaktow,ikke kontakt,må ikke mailes,skal ikke kontaktes,"
            "må ikke skrives,send ikke,ikke send,ikke mail,ingen mail,ingen email,ingen epost,ingen e post,"
            "ønsker ikke mail,ønsker ikke epost,ønsker ikke at,ønsker ikke å,ønsker ingen,vil ikke have mail,"
            "vil ikke ha mail,vil ikke have flere,vil ikke ha flere,vil ikke kontaktes,kontakta inte,kontakta ej,"
            "ska inte kontaktas,ska ej kontaktas,mejla inte,mejla ej,maila inte,maila ej,skicka inte,skicka ej,"
            "inga mejl,inga mail,inga email,inga utskick,inga pressmed,vill inte ha mejl,vill inte ha mail,"
            "vill inte ha fler mejl,vill inte ha fler mail,vill inte ha fler press,vill inte ha fler utskick,"
            "vill inte ha press,vill inte ha utskick,vill inte bli kontakt,vill inte få,vill ej ha,önskar inga,"
            "önskar inte,älä ota yhteyttä,älä lähetä,ei saa ottaa yhteyttä,ei saa lähettää,ei sähköposti,"
            "ei halua sähköpost,ei halua viest,ei halua tiedott,ei halua postia,neposílat,nezasílat,nepsat,"
            "nemailovat,nechce dostávat,nechce být kontaktov,nepřeje si,žádné maily,žádné emaily,nekontaktovať,"
            "neposielať,ne keress,ne küldj,ne írj,nem kér több,nem kíván,nu contacta,a nu se contacta,nu trimite,"
            "nu dorește,не писать,не отправлять,не присылать,не слать,не беспокоить,не контактировать,не связываться,"
            "не хочет получать,без рассылки,черный список,не писати,не надсилати,не контактувати,mail atma,"
            "mail gönderme,eposta gönderme,e posta gönderme,iletişime geçme,mail istemiyor,eposta istemiyor,"
            "e posta istemiyor,bülten istemiyor,almak istemiyor,rahatsız etme,μην στέλνετε,να μην σταλεί,"
            "μην επικοινωνείτε,δεν επιθυμεί,لا ترسل,عدم الإرسال,لا تراسل,عدم التواصل,لا تتواصل,לא לשלוח,לא ליצור קשר,"
            "请勿发送,请勿发邮件,勿发邮件,不要发邮件,不要发送,别发邮件,请勿联系,不要联系,勿联系,不再发送,停止发送,"
            "拒收,不接收,不想收到,不愿接收,黑名单,請勿寄送,請勿發送,請勿聯絡,請勿聯繫,不要聯絡,不要聯繫,不要寄,勿寄,"
            "勿聯絡,停止寄送,不願收,不想收,黑名單,연락 금지,연락금지,메일 금지,메일금지,발송 금지,발송금지,보내지 마,"
            "보내지마,보내지 말,연락하지 마,연락하지마,연락하지 말,명단 제외,발송 제외,발송제외,발송 중지,발송중지,"
            "원치 않음,원하지 않,連絡しない,送らない,送付しない,配信しない,メールしない,メール禁止,メールng,連絡ng,"
            "配信ng,送付ng,送信しない,送信禁止,送付禁止,メールはご遠慮,送付はご遠慮,配信はご遠慮,送付を希望しない,"
            "希望されない"
        ),
    ),
    (
        COMPLAINT,
        (
            "marked us as spam,marked as spam,reported us as spam,reported us for spam,reported as spam,"
            "complained about our mail,complained about our email,complained about our press,complained about spam"
        ),
    ),
    (
        OUT,
        (
            "strike off,struck off,cross off,crossed off,scratch from,scrub from,wants out,"
            "leave off the list,keep off list,keep off the list,asks to be removed,asks to be taken off,"
            "asks to be deleted,wishes to be removed,would like to be removed,would like off,wants removing,"
            "wants deleting,wants data deleted,delete all data,right to erasure,deletion request,"
            "request to delete,request to be removed,requested to be removed,requests to be removed,"
            "asked us to remove,asked us to delete,asked us to take,told us to remove,revoked consent,"
            "withdraws consent,withdrew his consent,withdrew her consent,withdrew their consent,"
            "no longer consents,einwilligung widerrufen,einwilligung zurück,zustimmung widerrufen,"
            "zustimmung zurück,widerruf der einwilligung,widerruft einwilligung,austragen,austragung,"
            "abmelden,rausnehmen,rausgenommen,herausnehmen,möchte gestrichen,will gestrichen,"
            "möchte entfernt,will entfernt,möchte ausgetragen,bittet um löschung,bittet um streichung,"
            "bittet um entfernung,bat um löschung,bat um streichung,bat um entfernung,datenlöschung,"
            "streichen bitte,löschen bitte,entfernen bitte,consentement retiré,consentement révoqué,"
            "retrait du consentement,retiré son consentement,retire son consentement,demande de suppression,"
            "demande de désinscription,demande de désabonnement,droit à loubli,droit deffacement,sest opposé,"
            "opposition rgpd,opposition au traitement,souhaite se désinscrire,ôter de la liste,"
            "sortir de la liste,rayer de la liste,rayé de la liste,rayée de la liste,solicita ser eliminad,"
            "solicitó ser eliminad,solicita ser borrad,solicita eliminación,solicita su eliminación,"
            "solicitó su eliminación,pide ser borrad,pide que le borr,retiró su consentimiento,"
            "retirado su consentimiento,revocó su consentimiento,revocó el consentimiento,"
            "consentimiento revocado,consentimiento retirado,derecho de supresión,derecho al olvido,"
            "cancelar suscripción,canceló suscripción,canceló la suscripción,canceló su suscripción,"
            "anular suscripción,eliminar contacto,quitar del listado,sacar del listado,borrar del listado,"
            "eliminar del listado,quitar de la base,eliminar de la base,borrar de la base,dio de baja,"
            "consenso revocato,consenso ritirato,revocato il consenso,revoca il consenso,revoca del consenso,"
            "revoca consenso,ritirato il consenso,chiede la rimozione,chiesto la rimozione,"
            "chiede di essere tolt,diritto alloblio,opposizione al trattamento,si oppone al trattamento,"
            "si è cancellat,si è disiscritt,togliere dallelenco,levare dalla lista,depennare dalla lista,"
            "toestemming ingetrokken,trekt toestemming in,van de mailinglijst,verzoekt verwijdering,"
            "verzoekt om verwijdering,wil verwijderd worden,wil worden verwijderd,wil uitgeschreven,"
            "uitschrijven,afmelden,bezwaar gemaakt,recht op vergetelheid,descadastr,remover do mailing,"
            "retirar do mailing,tirar do mailing,excluir do mailing,remover do cadastro,"
            "retirou o consentimento,retirou consentimento,revogou o consentimento,revogou consentimento,"
            "consentimento revogado,consentimento retirado,pediu exclusão,pediu a exclusão,"
            "solicitou exclusão,solicitou a exclusão,solicita remoção,solicita exclusão,"
            "pede para ser removid,pede para sair,pede remoção,direito ao esquecimento,cofnięcie zgody,"
            "cofnięto zgodę,zgoda cofnięta,zgoda wycofana,wycofanie zgody,wypisz z,wypisać z,"
            "wykreślić z listy,skreślić z listy,sprzeciw wobec,wniósł sprzeciw,wniosła sprzeciw,"
            "prośba o usunięcie,żąda usunięcia,zażądał usunięcia,zażądała usunięcia,vill tas bort,"
            "vill bli borttagen,vill bli struken,stryk från listan,struken från listan,återkallat samtycke,"
            "återkallat sitt samtycke,återkallar samtycke,avanmäld,avslutat prenumeration,vil fjernes,"
            "vil slettes,vil bli fjernet,vil gerne slettes,vil gerne fjernes,ønsker å bli fjernet,"
            "ønsker å bli slettet,ønsker at blive fjernet,ønsker at blive slettet,ønskes fjernet,"
            "ønskes slettet,trukket samtykke,trukket samtykket,trukket sit samtykke,trukket tilbake samtykke,"
            "tilbakekalt samtykke,slet fra listen,slett fra listen,tages af listen,tas av listen,"
            "tag bort fra listen,frabedt sig,frabeder sig,frabedt seg,frabeder seg,meldt seg av,"
            "meldt sig fra,meldt seg ut,haluaa pois,pyytää poist,pyytänyt poist,pois listalta,"
            "pois postituslistalta,suostumus peruttu,perui suostumuksen,peruutti suostumuksen,"
            "vymazat ze seznamu,požaduje výmaz,žádá o výmaz,odvolal souhlas,odvolala souhlas,"
            "souhlas odvolán,retras consimțământ,отозвал согласие,отозвала согласие,отзыв согласия,"
            "просит исключить,просил исключить,просила исключить,просит убрать,просил убрать,просила убрать,"
            "отпишите,удалите из списка,удалите из рассылки,listeden çıkarıl,aboneliğini iptal,onayını geri,"
            "iznini geri,退会済,退会希望,登録解除,登録抹消,解除済,同意撤回,退出名单,退出列表,撤回同意,要求退出,"
            "수신 철회,동의 철회,구독 중단,제외 요청"
        ),
    ),
    (
        NEVER,
        (
            "no thanks to,wants nothing,wants no more,no wish to hear,does not want to hear,"
            "doesnt want to hear,rather not receive,rather not be,prefers not to receive,"
            "prefers not to be contacted,prefers not to be emailed,cease contact,cease all contact,"
            "cease mailing,cease email,stop all mail,stop all contact,stop all email,never send,"
            "send nothing,send no more,no further contact,no further releases,no further messages,"
            "no further mailings,no more contact,no more messages,no more newsletters,no more mailings,"
            "declines to receive,declined to receive,refuses to receive,refuses email,refuses mail,"
            "asked us not to,told us not to,told us to stop,asked us to stop,asks us to stop,"
            "asked not to receive,asks not to receive,asks not to be,stop pitching,no longer wishes to hear,"
            "no longer want to,kontakt untersagt,kontakt verboten,kontakt unerwünscht,"
            "kontakt nicht erwünscht,wünscht keinen kontakt,will keinen kontakt,möchte keinen kontakt,"
            "keine aussendung,keinerlei mail,keine post mehr,nichts mehr von uns,verbittet sich,"
            "verzichtet auf weitere,verzichtet auf zusendung,verzichtet auf unsere,nicht mehr beliefern,"
            "nicht mehr anmailen,nicht mehr behelligen,in ruhe lassen,keine newsletter,kein newsletter,"
            "keine presseinfos,"
            "nicht mehr zumailen,zusendung einstellen,zusendungen einstellen,versand einstellen,"
            "versand stoppen,plus aucun envoi,plus denvoi,aucun envoi,arrêter les envois,arrêter denvoyer,"
            "cesser les envois,cesser denvoyer,stop envois,ne plus solliciter,ne plus déranger,ne plus lui,"
            "ne lui envoyer,ne lui écrire,ne pas lui écrire,ne pas lui envoyer,ne veut rien recevoir,"
            "ne veut pas de mail,ne veut pas de nos,ne veut aucun,ne souhaite aucun,plus de courriel,"
            "pas de courriel,pas denvoi,refuse nos,dejar de enviar,dejen de enviar,deje de enviar,"
            "no quiere nada,no quiere notas,no desea notas,no desea más,no desea ser contact,"
            "no quiere ser contact,no acepta correos,rechaza correos,no más notas,no más envíos,"
            "no le envíen,no le escriban,no le manden,no volver a enviar,no volver a escribir,"
            "no volver a contactar,smettere di inviare,smettete di inviare,non scrivere più,"
            "non vuole nulla da noi,non vuole niente da noi,non vuole comunicati,non desidera comunicati,"
            "non desidera mail,non desidera email,non desidera essere contatt,basta mail,basta comunicati,"
            "basta email,niente comunicati,nessun comunicato,nessuna mail,nessuna email,non gradisce mail,"
            "non gradisce email,non gradisce comunicati,rifiuta le mail,non inviargli,non inviarle,"
            "non scriverle,non scrivergli,niet aanschrijven,niet meer aanschrijven,geen mailing,"
            "geen nieuwsbrie,geen post meer,stoppen met mail,stop met mail,stoppen met sturen,"
            "stop met sturen,wil niets meer,wil niets ontvangen,wenst niet,niet storen,niet lastig,"
            "não quer nada,não quer emails,não enviem,não mandem,não mande,não envie,não contacte,"
            "não contate,não contactem,parar envio,parem de enviar,pare de enviar,não perturbe,"
            "recusa emails,recusou receber,nie niepokoić,nie przysyłać,nie przysyłaj,nie życzy sobie,"
            "nie chce więcej,nie chce naszych,nie chce od nas,żadnych wiadomości,żadnych komunikatów,"
            "zakaz kontakt,nie chce żadnych,skicka inget,skicka inga,skicka aldrig,inga fler mejl,"
            "inga fler mail,inga fler utskick,vill inte höra,vill slippa mejl,vill slippa mail,"
            "vill slippa utskick,vill ej få,vill ej kontaktas,vill inte kontaktas,vill inte längre ha,"
            "vill inte längre få,önskar ej,mejla aldrig,kontakta aldrig,får inte mejlas,får ej mejlas,"
            "vil ikke høre fra,vil ikke længere have,vil ikke lenger ha,vil ikke modtage,vil ikke motta,"
            "vil ikke få,vil slippe mail,skriv ikke,mail ikke,send ingen,send aldrig,send aldri,"
            "kontakt aldrig,kontakt aldri,ikke skriv,ikke ta kontakt,ingen flere mails,skal ikke mailes,"
            "ønsker ikke kontakt,ønsker ikke henvendelser,ønsker ikke press,ønsker ikke flere,"
            "ønsker ikke nyhets,ønsker ikke nyheds,ønsker ikke lenger,ønsker ikke længere,ei enää viestejä,"
            "ei enää posti,ei enää sähköpost,ei enää tiedott,älä kirjoita,älkää lähettäkö,"
            "älkää ottako yhteyttä,ei halua enää,lopettakaa lähet,lopeta lähet,nezasílejte,neposílejte,"
            "nepište,nekontaktujte,už neposílat,nechce maily,nechce naše,nechce od nás,nechce žádné,"
            "neoslovovat,neobesílat,не присылайте,не пишите,не отправляйте,не шлите,не хочет писем,"
            "не хочет рассыл,больше не хочет,не желает получать,прекратить рассылк,göndermeyin,"
            "iletişim kurmayın,iletişim kurulmasın,配信お断り,送付お断り,連絡お断り,メールお断り,不愿再收,"
            "不想再收,不再接收,不要再发,不要再联系,"
            "别再发,勿再发,别再联系,拒绝接收,拒绝邮件,请勿打扰,메일 중단,발송 중단"
        ),
    ),
)
OUT_PHRASES: Final = _table(*_OUT_PHRASES)
# Orders that with more letters tell of somebody: "nie pisze już o sporcie".
WHOLE: Final = frozenset(map(plain, ("nie pisz", "nie kontaktuj", "nie mailuj", "nie wysyłaj")))
# What follows a wish and makes it another: "Do not contact by phone", "No email address known" …
NOT_THEN: Final = _words(
    "byphone,bytelephone,onphone,on,via,during,phone,perphone,am,telefonisch,pertelefon,anrufen,im,par,portelefono,"
    "telefonicamente,telefonisk,about,with,directly,mit,avec,con,com,met,attachments,attachment,large,files,pictures,"
    "photos,images,pdf,pdfs,anhange,anhang,fotos,bilder,dateien,depieces,dephotos,defichiers,adjuntos,archivos,"
    "allegati,anexos,bijlagen,fotky,samples,gifts,freebies,invoices,invitations,duplicates,twice,onweekends,"
    "atweekends,weekends,sms,bysms,whatsapp,bypost,postalmail,calls,phonecalls,anrufe,anruf,telefonate,angerufen,"
    "telefoniert,appels,llamadas,chiamate,telefonate,chamadas,telefoontjes,gebeld,telefonow,tobecalled,anycalls,"
    "becalled,bephoned,etreappele,address,addresses,adress,adresse,available,known,yet,given,found,listed,provided,"
    "bekannt,angegeben,vorhanden,connu,disponible,disponibile,renseigne,conocido,bekend,beschikbaar,znany,"
    "quoted,named,cited,identified,photographed,filmed,recorded,interviewed,embargoed,exclusives,sport,sports,paper,"
    "printed,print,since,sofar,reply,answer,response,problem,problems,made,details,data,info,information,"
    "person,name,number,established,"
    "faxes,bilagor,liitteita,prilohy,opkald,hivast,telefonon,потелефону,звонки,citeret,"
    "call,ring,print,publish,quote,name,interviews,entrevistas,interviste,interviuri,foto,dappels,etrecite,zitiert"
)
# … and when, if an hour stands behind it: "Do not email before 9" is about the clock, "until June" is a wish.
WHEN_THEN: Final = _words(
    "before,until,till,after,past,between,vor,bis,nach,zwischen,avant,apres,jusqua,entre,antes,despues,hasta,prima,"
    "dopo,finoalle,fino,ate,depois,voor,na,tot,tussen,przed,po,do,for,efter,innan,fore,ennen,pred,до,после"
)
HOUR: Final = re.compile(
    r"(?:(?:die|de|las|les|le|alle|as|kl\.?|klo|um|at|den|the)\s+)?"
    r"(?:(?:[01]?\d|2[0-4])(?:[:.h]\d{2})?(?!\d|[./]\d|\s*(?:st|nd|rd|th|\.)?\s*(?:of\s)?(?:jan|feb|fev|mar|avr|apr|abr|"
    r"mai|may|mag|jun|jui|giu|jul|lug|aug|aou|ago|sep|set|okt|oct|ott|out|nov|dez|dec|dic)|\s*(?:days|weeks|months))"
    r"|(?:noon|midday|midnight|lunch|lunchtime|breakfast|morning|deadline|press time|six|seven|eight|nine|ten|eleven"
    r"|twelve|mittag\w*|sieben|acht|neun|zehn|elf|zwolf|midi|huit|neuf|dix|mediodia|nueve|diez|mezzogiorno|nove|dieci"
    r"|meio dia|dez|negen|tien|dziesiat\w*)\b)"
)
# What somebody is out of, or what is about it and no wish: "opt out of calls", "opt-out laws". When and how somebody
# went out ("unsubscribed on 3 March", "by phone") changes nothing.
NOT_OUT_OF: Final = _words(
    "ofcalls,ofsms,ofphone,fromsms,fromcalls,sms,calls,phone,law,laws,rule,rules,link,links,debate,debates,campaign,"
    "campaigns,system,systems,scheme,schemes,right,rights,regulation,regulations,policy,policies,attachments,"
    "attachment,whatsapp,rate,rates,button,buttons,page,pages,numbers,figures,trend,trends,study,story,option,"
    "options,"
    "duplicates,duplicate,lesdoublons,iduplicati,losduplicados,project,projects,therecord,guard,aentrevista,"
    "entrevista,"
    "interview,theinterview,fromprint,frompaper,frompost,fromprinted,buttonin,process,form,forms,quote,quoten,"
    "raten,taux,bouton,tasa,tasas,tassi,tasso,taxas"
)
# What may be taken out of a row that stays: "please delete the old number", "alte Nummer bitte löschen".
DETAILS: Final = _words(
    "number,numbers,phone,telephone,mobile,cell,landline,fax,extension,old,second,2nd,former,previous,wrong,outdated,"
    "duplicate,duplicates,double,twice,middle,title,photo,picture,credit,spelling,typo,postcode,zip,"
    "street,birthday,twitter,handle,tag,tags,note,comment,column,field,assistant,prefix,suffix,quote,logo,attachment,"
    "nummer,telefon,telefonnummer,handynummer,handy,durchwahl,alte,alten,altes,zweite,zweiten,zweites,falsche,"
    "doppelte,"
    "doppelten,doppelter,doppelt,anschrift,titel,foto,bild,strasse,straße,plz,postadresse,vermerk,notiz,anhang,"
    "numéro,numero,portable,téléphone,ancien,ancienne,anciens,deuxième,second,seconde,doublon,doublons,titre,rue,"
    "número,teléfono,telefono,móvil,antiguo,antigua,segundo,segunda,duplicado,duplicada,título,foto,calle,"
    "cellulare,vecchio,vecchia,secondo,doppione,duplicato,titolo,telefone,telemóvel,celular,antigo,antiga,rua,"
    "oude,oud,tweede,dubbele,dubbel,telefoonnummer,straat,foto,numer,telefonu,telefon,stary,stara,starego,drugi,"
    "duplikat,tytuł,gamla,gamle,gammelt,gammal,gammel,numret,nummeret,nummer,andra,andre,anden,dubblett,dublet,"
    "vanha,vanhan,numero,puhelin,toinen,staré,číslo,старый,старого,номер,номера,телефон,второй,дубль,eski,numara"
)
# … for scripts that write without blanks
DETAIL_SIGNS: Final = re.compile(
    "|".join(map(plain, ("番号", "旧", "古い", "電話", "住所", "号码", "號碼", "电话", "地址", "重复", "重複")))
    + "|"
    + "|".join(map(plain, ("번호", "주소", "옛", "중복", "전화")))
)
# … but for how somebody said so: "opted out by phone", "Abmeldung per Telefon".
SAID_BY: Final = _words(
    "by,via,on,over,per,am,im,par,au,al,por,ao,pelo,telefonicamente,pr,på,op,przez,po,по,puhelimitse,in,since,as,at,after,"
    "asap,now,because,for,during,please,pls,seit,wegen,ab,sofort,bitte,depuis,svp,desde,favor,dopo,sinds,graag,sedan,siden"
)
# What is left: "removed from", "opted out of", "raus aus" …
LEFT_BY: Final = _words(
    "from,of,off,aus,von,vom,aufs,auf,ins,nach,du,des,de,del,dal,dalla,dalle,dallo,da,do,das,dos,uit,van,av,fra,"
    "från,z,ze,od,из,от,со"
)
# … and what it is where that is a wish: ours, or mail.
OURS: Final = _words(
    "list,lists,listing,mailinglist,mailing,mailings,mail,mails,email,emails,release,releases,newsletter,newsletters,"
    "press,media,us,our,ours,everything,all,any,anything,database,databases,db,crm,system,file,files,records,"
    "distribution,"
    "circulation,dist,updates,alerts,communications,comms,messages,campaign,campaigns,marketing,mailchimp,"
    "contacts,here,"
    "this,these,future,further,receiving,hearing,being,getting,gdpr,own,request,today,sending,"
    "liste,listen,verteiler,mailverteiler,presseverteiler,datenbank,mailingliste,adressliste,uns,unserem,"
    "unserer,unsere,"
    "kartei,bestand,allen,allem,alles,datei,kontakten,mailinglisten,presse,werbung,"
    "listes,fichier,fichiers,base,diffusion,envois,mails,courriels,communiqués,nos,notre,tout,tous,données,presse,"
    "lista,listas,listado,base,datos,envíos,correos,boletín,boletines,notas,comunicados,nuestra,nuestras,"
    "nuestros,todo,"
    "todas,todos,prensa,elenco,elenchi,invii,comunicati,mailing,nostra,nostre,nostri,tutto,tutti,tutte,rubrica,"
    "indirizzario,"
    "envios,boletim,comunicados,nossa,nossas,nossos,tudo,cadastro,lijst,lijsten,bestand,verzendlijst,mailinglijst,"
    "nieuwsbrief,nieuwsbrieven,persberichten,ons,onze,alles,adressenbestand,bazy,listy,list,baza,mailingu,"
    "newslettera,"
    "wysyłki,naszej,naszych,wszystkich,listan,listen,lista,utskick,utskicken,utsendelser,nyhetsbrev,nyhedsbrev,"
    "pressmeddelanden,pressemeddelelser,pressemeldinger,alla,alle,alt,listalta,tiedotteista,"
    "seznamu,databáze,odběru,рассылки,рассылок,списка,базы,списков,рассылка"
)
# … also as the rest of the same word: "Abmelderate", "keine Mailadresse".
GOES_ON: Final = re.compile(
    r"(?:e?s)?(?:ed\b|adress|addr|adres|rate|quote|link|seite|formular|button|knopf|zahl|debatte|gesetz)"
)
# What stands before a wish and turns it round: "not unsubscribed", "about opting out" …
UNDONE_BY: Final = _words(
    "about,über,sur,sobre,su,over,om,o,not,never,nicht,nie,non,pas,no,jamais,nunca,niet,não,un,why,if,falls,wenn,"
    "whether,ob,warum,pourquoi,perché"
)
# … and what does a few words further up: "did not want to unsubscribe", "wrote about the unsubscribe rates".
UNDONE_FROM_AFAR: Final = _words(
    "not,never,nicht,niet,jamais,nunca,didnt,doesnt,dont,hasnt,havent,isnt,wasnt,about,how,why,covers,covered,"
    "covering,"
    "investigates,investigated,article,story,stories,column,feature,study,research,survey,book,podcast,author,"
    "guide,tips,"
    "wie,warum,artikel,comment,pourquoi,enquête,cómo,artículo,articolo,artigo,hoe,waarom"
)
# A refusal and what is refused, near each other, may be a wish in any words: "har avböjt utskick".
REFUSALS: Final = (
    *(
        "declin",
        "refus",
        "reject",
        "no thanks",
        "avboj",
        "tackat nej",
        "takket nei",
        "takket nej",
        "abgelehnt",
        "lehnt",
    ),
    *(
        "untersagt",
        "verboten",
        "verbiet",
        "verzicht",
        "rechaz",
        "rifiut",
        "recus",
        "geweiger",
        "weiger",
        "odmaw",
        "odmow",
    ),
    *("odmit", "kieltay", "отказ", "відмов"),
)
REFUSED: Final = re.compile(rf"\b(?:{'|'.join(REFUSALS)})")
MAILED: Final = re.compile(
    r"\b(?:e?mail|press release|release|newsletter|mailing|contact|utskick|mejl|epost|nyhe[td]|kontakt|zusendung"
    r"|aussendung"
    r"|pressemit|envoi|communique|courriel|envio|correo|comunicad|comunicat|invii|persbericht|nieuwsbrie|wysylk|wiadomosc"
    r"|tiedot|sahkopost)|рассыл|розсил|письм|配信|連絡|メール|邮件|郵件"
)
# How a note begins that may be one in words that no table has: "remove per her letter" …
TAKE_OUT: Final = _typed(
    (
        NEVER,
        (
            "remove,delete,drop,stop,never,do not,dont,no more,off list,off the list,off our list,"
            "no longer on,not any more,nix mehr,nichts mehr,nie wieder,nie mehr,entfernen,rausnehmen,"
            "raus,supprimer,a supprimer,retirer,a retirer,radier,plus rien,jamais,mai piu,basta,"
            "eliminar,borrar,quitar,retirar,remover,nunca mas,no mas,nao mais,verwijderen,nooit meer,"
            "niets meer,usunac,nigdy,slettes,fjernes,aldri,aldrig,ta bort,stryk,poista,ala enaa,"
            "vymazat,smazat,vyradit,uz ne,удалить,убрать,исключить,больше не,никогда,видалити,"
            "більше не,torolni,nu mai,silinsin,bir daha"
        ),
    )
)
# … or that it was done, at the end or with how and why behind it: "cancellato su richiesta".
TAKEN_OUT: Final = _typed(
    (
        NEVER,
        (
            "removed,deleted,dropped,gelöscht,gestrichen,entfernt,supprimé,radié,écarté,cancellat,"
            "rimoss,eliminat,eliminad,borrad,quitad,removid,apagad,excluid,verwijderd,geschrapt,"
            "usuniet,skreslon,slettet,fjernet,borttag,poistettu,vymazan,smazan,удален,исключен,видален,"
            "torolve,sters,stears,silindi"
        ),
    )
)
WAS_TAKEN_OUT: Final = re.compile(
    rf"(?:{'|'.join(TAKEN_OUT)})\w{{0,2}}\b"
    r"(?=\W*$|\s(?:\w{1,3}|via|from|after|since|efter|omasta|d[ue]pui?s)\s)"
)
TO_TAKE_OUT: Final = re.compile(
    rf"(?:(?:pls|please|bitte|prego|merci de|por favor|graag)\s+)?(?:{'|'.join(TAKE_OUT)})\b"
)
TO_STOP: Final = re.compile(
    r"\b(?:asked|told|begged|wants?|wish\w*|bat|bittet|will|demande|pide|pidio|chiede|pede|vraagt)\b.*"
    r"\b(?:stop|leave the|off)\b"
)
LONGEST_NOTE: Final = 8  # words of such a note; a longer one tells of something
# Words that may be a wish and are never surely one: staff decide.
MAYBE: Final = frozenset(
    plain(phrase)
    for phrase in (
        *(
            "not interested",
            "no longer interested",
            "not to be used",
            "leave alone",
            "left alone",
            "do not pitch",
            "never pitch",
            "do not bother",
            "do not disturb",
        ),
        *("right to be forgotten", "will keine", "möchte keine", "hates press releases", "no pr"),
        *("objected", "objection", "complained", "blacklist", "blocklist", "kein interesse", "nicht interessiert"),
        *("pas intéressé", "no le interesa", "no interesado", "non interessat", "sem interesse", "geen interesse"),
        *("nie zainteresowan", "не интересно", "不感兴趣", "不感興趣", "관심 없", "興味なし"),
    )
)
OUT_TYPED: Final = {**dict.fromkeys(MAYBE, NEVER), **_typed(*_OUT_PHRASES)}
# Where a cell has one of these, somebody who went out came back.
CAME_BACK: Final = re.compile(
    r"resubscri|re ?added|re ?joined|opted back in|opted in again|back on (?:the |our )?list|wieder angemeldet"
    r"|wieder aufgenommen|reinscrit|reabonn|de nuevo suscrit|vuelto a suscribir|di nuovo iscritt|opnieuw aangemeld"
    r"|ponownie zapisan|再登録"
)
# Wishes that make headlines, too: "No more mail: post offices close", "How to opt out".
TOPICAL: Final = frozenset(
    plain(phrase)
    for phrase in (
        *("unsub", "opt out", "optout", "opted out", "wants out of", "right to be forgotten", "remove from all"),
        *("remove from our", "off our list", "no more emails", "no more mail", "no emails", "no email", "no mail"),
        *(
            "no mailing",
            "no contact",
            "no press releases",
            "no more releases",
            "no more press releases",
            "stop sending",
        ),
        *("stop emailing", "stop mailing", "stop contacting", "stop writing", "stop mail", "stop email", "phone only"),
        *("nur telefon", "keine mail", "keine e-mail", "plus de mail", "pas de mail", "geen mail", "geen email"),
        *("solo teléfono", "solo telefono", "no further email", "no further mail", "keine nachricht", "keine infos"),
        *("do not disturb", "do not bother", "do not approach", "never write", "do not write"),
    )
)
# Between the two, words that make what follows a request after all: "does not read us, please unsubscribe".
POLITE: Final = _words(
    "please,pls,plz,kindly,bitte,merci,svp,por,favor,per,cortesia,prego,graag,aub,prosze,proszę,"
    "venligst,vennligst,vänligen,пожалуйста"
)
# The same for scripts that write without blanks: before or after the wish.
UNDONE_BESIDE: Final = re.compile(
    r"電話|午前|午後|夜間|早朝|時(?:まで|以降|前|以前)|問題|率|について|ではない|していない"
    r"|电话|電話|点前|点之前|点后|點前|上午|전화|오전|시 이전|에 대해"
)
# Columns about what people write, where a wish may be a headline ("No more mail: post offices close").
SUBJECTS: Final = _words(
    "bio,bios,biography,about,article,articles,story,stories,headline,headlines,interests,topic,topics,beat,beats,"
    "coverage,covers,subject,subjects,book,books,quote,motto,tagline,slogan,title,role,job,position,vita,lebenslauf,"
    "biografie,biographie,biografía,biografia,artikel,beitrag,beiträge,thema,themen,sujet,sujets,temas,artículo,"
    "artículos,articolo,articoli,artigo,artigos,onderwerp,onderwerpen,tematy,artykuł,記事,経歴,プロフィール,履歴"
)
# What explains colours and signs to whoever reads the list: "yellow = check, red = do not email".
COLOURS: Final = re.compile(
    r"\b(?:legend|legende|leyenda|legenda|colou?r(?:s|ed|ing)?|highlight\w*|crossed out|struck|strikethrough|in bold|"
    r"in italics?|red|yellow|green|orange|amber|gr[ae]y|blue|pink|purple|rot\w*|gelb\w*|grun\w*|grau\w*|blau\w*|"
    r"farb\w*|"
    r"markiert\w*|durchgestrichen\w*|rouges?|jaunes?|verte?s?|grise?s?|bleue?s?|surligne\w*|barree?s?|couleurs?|roj[oa]s?|"
    r"amarill\w+|verdes?|azul\w*|tachad\w+|colores|ross[oaie]|giall\w+|grigi\w+|evidenziat\w+|barrat\w+|vermelh\w+|"
    r"amarel\w+|cinza|cor(?:es)?|rood|rode|geel|gele|groen\w*|grijs|grijze|blauw\w*|kleur\w*|gemarkeerd|czerwon\w+|"
    r"zolt\w+|zielon\w+|szar\w+|kolor\w*|gule?|punai\w+|kelta\w+|cerven\w+)\b"
    r"|żółt|rød|赤|黄色|緑|青色|灰色|颜色|红|绿|蓝|빨강|빨간|노랑|노란|красн|желт|зелен"
)
LEGEND: Final = re.compile(
    rf"=|→|⇒|➔|\b(?:means|key:|bedeutet|heisst|signifie|significa|betekent|oznacza|marked)\b|{COLOURS.pattern}"
)
# What a heading over a part of a list, or over all of it, says besides: "Unsubscribed contacts as of May 2026".
HEADING_WORDS: Final = _words(
    "contact,contacts,list,lists,people,person,persons,journalist,journalists,press,media,address,addresses,email,"
    "emails,mail,these,those,all,the,everyone,everybody,below,following,please,any,more,as,of,from,our,us,and,or,at,"
    "kontakte,kontakt,liste,listen,verteiler,personen,journalisten,presse,medien,adressen,diese,alle,folgende,bitte,"
    "und,oder,die,der,das,les,des,de,la,le,contacts,personnes,journalistes,adresses,tous,ceux,ces,et,ou,svp,los,las,"
    "contactos,lista,listas,personas,periodistas,medios,direcciones,todos,estos,y,o,por,favor,contatti,elenco,"
    "persone,"
    "giornalisti,indirizzi,tutti,questi,e,contatos,pessoas,jornalistas,endereços,estes,contacten,lijst,personen,"
    "adressen,deze,en,of,kontakty,osoby,dziennikarze,adresy,te,i,again,anymore,ever,mehr,nicht,plus,jamais,más,"
    "più,mais,"
    "meer,wiecej,who,have,has,been,jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec,january,february,march,april,june,"
    "july,august,september,october,november,december"
)
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
    (NEVER, "do not use,dont use"),
    (
        OUT,
        "remove,removed,delete,deleted,löschen,gelöscht,entfernen,supprimer,supprimé,supprimée,retirer,borrar,eliminar",
    ),
    (OUT, "cancellare,rimuovere,remover,apagar,verwijderen,usunąć,удалить,删除,刪除,삭제,削除"),
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
    "不,无,不是,아니오,아니요,없음,нет,ні,hayır,لا,όχι,00000000,00000000000000,n.a,empty,nan,nil"
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
