"""Words: what the headers of spreadsheets call things, in the languages press offices use.

Owns the tables: header words for each meaning, the names of columns that hold somebody else's address, and the words by
which a list says "do not mail". Pure data and the one function that makes two spellings comparable. A new language is a
few words more in a table, never a branch. Words stand in their order of preference: with both "Outlet" and "Company" in
a list, the outlet is the outlet.

"Notes" is not the `note` of a contact on purpose: a note is printed above the release, and what staff write into a
column "Notes" about a journalist is not for that journalist's eyes. Such a column stays a merge field by its own name.
Gaps: English, German, French, Spanish and a little Italian, Dutch, Danish, Japanese.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final


@lru_cache(maxsize=8192)  # headers, statuses and tags are few and stand in every row
def compact(text: str) -> str:
    """Give the form in which headers are compared: no case, accents, blanks or signs ("E-Mail:" is "email")."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def tokens(text: str) -> list[str]:
    """Give the words of a header, compacted, with camelCase taken apart ("OwnerEmail" is owner, email)."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    return [word for part in re.split(r"[\W_]+", apart) if (word := compact(part))]


def _table(words: str) -> tuple[str, ...]:
    return tuple(compact(word) for word in words.split(","))


# Of the meanings in values.MEANINGS all but email, which has rules of its own in `columns`.
HEADER_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "name": _table(
        "full name,name,contact name,journalist name,display name,journalist,reporter,ansprechpartner,"
        "ansprechpartnerin,ansprechperson,kontaktperson,vollständiger name,vor- und nachname,vorname nachname,"
        "name vorname,nom complet,nom et prénom,prénom et nom,prénom nom,nom,nombre completo,nombre y apellidos,"
        "nombre,nome completo,nome,naam,volledige naam,navn,namn,kontakt,contact,contacto,person,氏名,名前"
    ),
    "first_name": _table(
        "first name,first,given name,forename,vorname,rufname,prénom,nombre de pila,primer nombre,nome di battesimo,"
        "voornaam,fornavn,förnamn,fname,名"
    ),
    "last_name": _table(
        "last name,last,surname,family name,nachname,familienname,zuname,nom de famille,apellidos,apellido,cognome,"
        "achternaam,efternavn,efternamn,lname,姓"
    ),
    "salutation": _table(
        "salutation,anrede,briefanrede,civilité,tratamiento,saludo,appellativo,aanhef,tiltale,prefix,name prefix"
    ),
    "outlet": _table(
        "outlet,outlet name,media outlet,publication,publication name,medium,media,paper,newspaper,zeitung,redaktion,"
        "titre de presse,média,nom du média,support,medio,nombre del medio,medio de comunicación,testata,krant,medie,"
        "company,company name,organization,organisation,organization name,organisation name,organization 1 name,"
        "organisation 1 name,employer,firma,unternehmen,verlag,sender,société,entreprise,organisme,empresa,"
        "organización,azienda,bedrijf,媒体,媒体名,会社名"
    ),
    "role": _table(
        "role,position,job title,title,job,contact title,organization title,organization 1 title,funktion,rolle,"
        "berufsbezeichnung,stellenbezeichnung,fonction,poste,rôle,cargo,puesto,función,ruolo,qualifica,functie,"
        "stilling,役職"
    ),
    "beat": _table(
        "beat,beats,topic,topics,subject,subjects,coverage,section,desk,ressort,ressorts,thema,themen,fachgebiet,"
        "rubrique,rubriques,sujet,sujets,thème,tema,temas,sección,ámbito,settore,rubriek,担当"
    ),
    "phone": _table(
        "phone,phone number,telephone,telephone number,tel,tel no,direct phone,direct line,business phone,work phone,"
        "contact phone,contact number,phone 1 value,mobile,mobile phone,cell,cell phone,telefon,telefonnummer,"
        "rufnummer,durchwahl,handy,mobil,téléphone,numéro de téléphone,portable,teléfono,número de teléfono,móvil,"
        "telefono,cellulare,telefoon,電話,電話番号"
    ),
    "country": _table("country,country name,country code,nation,land,staat,pays,país,paese,電話国,国"),
    "language": _table("language,lang,locale,sprache,langue,idioma,lengua,lingua,taal,sprog,språk,言語"),
    "note": _table(
        "note,personal note,personal message,persönliche notiz,persönliche nachricht,note personnelle,"
        "message personnel,nota personal,mensaje personal"
    ),
    "tags": _table("tags,tag,labels,label,groups,group membership,schlagworte,stichworte,étiquettes,etiquetas,タグ"),
    "other_emails": _table(
        "other emails,other email addresses,further emails,additional email addresses,weitere emails"
    ),
    "text_only": _table("text only,plain text,plain text only,plaintext,nur text,reiner text,texte seul,solo texto"),
    "time_zone": _table("time zone,timezone,tz,zeitzone,fuseau horaire,zona horaria,fuso orario,tijdzone,tidszone"),
    "subscriber_type": _table("subscriber type,corporate or individual,empfängerart"),
    "lawful_basis": _table("lawful basis,legal basis,rechtsgrundlage,base légale,base jurídica,base legal"),
    "basis_evidence": _table("basis evidence,consent evidence,evidence,nachweis,preuve"),
    "source": _table("source,data source,contact source,quelle,herkunft,datenquelle,origine,fuente,origen,fonte,bron"),
    "source_date": _table("source date,date of source,captured at,erhoben am,date de collecte"),
    "notice_sent_at": _table("notice sent at,privacy notice sent,informiert am"),
    "last_verified_at": _table("last verified at,last verified,verified at,zuletzt geprüft,geprüft am,vérifié le"),
    "retention_until": _table("retention until,keep until,delete after,löschen am,aufbewahren bis,conserver jusqu'au"),
}

# What staff write about people for themselves. It may say "do not contact", and is never printed.
PRIVATE_NOTES: Final = frozenset(
    _table(
        "notes,bemerkung,bemerkungen,notiz,notizen,anmerkung,anmerkungen,kommentar,comment,comments,remarks,remarque,"
        "remarques,commentaire,commentaires,nota,notas,comentario,comentarios,observaciones,notities,備考"
    )
)

# "Name" means the last name where the list also has a column for the first one under the word beside it.
LAST_NAME_BESIDE: Final = {
    compact("name"): frozenset(_table("vorname")),
    compact("nom"): frozenset(_table("prénom")),
    compact("naam"): frozenset(_table("voornaam")),
    compact("nome"): frozenset(_table("nome di battesimo")),
}
FIRST_NAME_BESIDE: Final = {
    compact("nombre"): frozenset(_table("apellido,apellidos")),
    compact("nome"): frozenset(_table("cognome")),
}

# A header in which one of these stands is about somebody whom the row is not about.
PERSON_PREFIXES: Final = frozenset(_table("contact,journalist,kontakt,reporter,person,subscriber"))

EMAIL_HEADERS: Final = _table(
    "email,email address,mail,mail address,emailadresse,mailadresse,adresse email,adresse mail,adresse e-mail,"
    "courriel,adresse courriel,adresse électronique,correo electrónico,correo,email pro,email professionnel,"
    "dirección de correo electrónico,dirección de correo,dirección de email,dirección email,mel,contact email,"
    "email contact,kontakt email,email kontakt,journalist email,work email,business email,email work,"
    "email dienstlich,dienstliche email,primary email,email 1,email 1 value,email 1 address,emails,"
    "indirizzo email,posta elettronica,e-mailadres,mailadres,epost,epostadresse,subscriber email,メールアドレス,メール"
)
EMAIL_TOKENS: Final = frozenset(
    _table(
        "email,emails,mail,mails,courriel,correo,epost,emailadresse,mailadresse,emailaddress,mailaddress,kontaktmail,"
        "kontaktemail,dienstmail,メール,メールアドレス"
    )
)
# About mail, but no address: "Email status", "E-mail Display Name", "Emails sent".
NOT_AN_ADDRESS: Final = frozenset(
    _table(
        "status,optout,opt,optin,out,in,sent,opened,opens,clicked,clicks,bounce,bounced,type,label,display,format,"
        "verified,date,count,permission,consent,domain,unsubscribed,unsubscribe,frequency,quality,grade,confidence,"
        "score,source,campaign,template,list,client,subject,last,time,chimp,valid,gültig,reason,preference,grund,"
        "statut,estado,einwilligung,zustimmung,abgemeldet,bestätigt"
    )
)
SOMEBODY_ELSE: Final = frozenset(
    _table(
        "owner,assistant,manager,agent,sender,created,modified,updated,by,reply,cc,bcc,besitzer,inhaber,betreuer,"
        "betreuerin,zuständig,assistent,assistenz,assistentin,sekretariat,propriétaire,assistante,gestionnaire,"
        "gestor,propietario,asistente,responsable,billing,invoice,referrer,colleague,parent,pr,publicist"
    )
)
# Addresses of the house or the home: used only where a list has nothing nearer to the person.
SECOND_CHOICE: Final = frozenset(
    _table(
        "outlet,publication,company,organization,organisation,medium,media,redaktion,general,generic,desk,newsroom,"
        "secondary,alternate,alternative,other,2,3,4,private,privat,personal,home,perso,firma,medio,média,zentrale"
    )
)

# How a list says that somebody must not be mailed: columns that speak by being filled in …
FLAG_PARTS: Final = _table(
    "unsub,opt out,opted out,do not contact,do not mail,do not email,dont contact,dont email,no email,hard bounce,"
    "email bounced,clean time,clean campaign,complained,complaint,suppressed,suppression,blacklist,blocklist,"
    "désinscri,désabonn,ne pas contacter,ne pas envoyer,stop email,abgemeldet,abmeld,ausgetragen,austragung,"
    "nicht kontaktieren,nicht anschreiben,keine email,keine mails,sperrvermerk,gesperrt,widerspruch,widersprochen,"
    "no contactar,no enviar,dado de baja,fecha de baja,cancellato,disiscritto,afgemeld,uitgeschreven,配信停止"
)
FLAG_HEADERS: Final = frozenset(_table("dnc,dnm,dne,bounced,cleaned,baja,sperre,blocked,remove,removed"))
# … columns that speak by a word (status, tags) …
STATUS_PARTS: Final = _table("status,statut,estado,state of subscription,zustand,stato,member rating state")
# A wish, plain wherever it stands: in a status, a tag, a note, the name of a sheet. The beginning counts.
OUT_PHRASES: Final = _table(
    "unsub,opted out,opt out,do not contact,do not mail,do not email,do not send,dont contact,dont mail,dont email,"
    "désinscri,désabonn,ne pas contacter,ne pas envoyer,ne plus contacter,abgemeldet,ausgetragen,nicht kontakt,"
    "nicht anschreib,nicht mehr anschreib,nicht mehr kontakt,keine mail,keine e-mail,widersproch,no contactar,"
    "no enviar,dado de baja,dada de baja,disiscritt,afgemeld,uitgeschreven,配信停止"
)
# What systems write into a status; the beginning counts ("Bounced (hard)") …
OUT_STATES: Final = _table(
    "bounced,hard bounce,cleaned,suppress,complain,blacklist,blocklist,non subscribed,undeliverable,unzustellbar,"
    "gesperrt,widerspruch,cancellat,deceased,verstorben,décédé"
)
# … or the whole word alone ("Baja" is a wish, "Baja California" is a place).
OUT_WORDS: Final = frozenset(_table("dnc,dnm,dne,bounce,spam,blocked,removed,invalid,baja,refusé,cleaned,sperre"))
# … and columns that ask for consent, and speak by a no.
CONSENT_HEADERS: Final = frozenset(
    _table(
        "subscribed,is subscribed,opt in,opted in,email opt in,consent,email consent,marketing consent,permission,"
        "accepts marketing,accepts email,einwilligung,zustimmung,angemeldet,inscrit,abonné,consentement,suscrito,"
        "consentimiento,iscritto,consenso,aangemeld,toestemming"
    )
)
NO_VALUES: Final = frozenset(
    _table("n,no,not,none,false,f,0,nein,falsch,non,faux,nope,falso,nee,nej,never,nie,jamais,nunca,null,na,keine")
)
STILL_IN_VALUES: Final = frozenset(
    _table("active,aktiv,actif,activo,subscribed,abonniert,inscrit,suscrito,ok,in,opted in,opt in")
)

TOTAL_WORDS: Final = frozenset(_table("total,totals,sum,grand total,summe,gesamt,gesamtzahl,anzahl,somme,suma,totale"))
