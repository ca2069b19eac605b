"""Words: what the headers of spreadsheets call things, in the languages press offices use.

Owns the tables: header words for each meaning, and the words by which a header tells whose address a column holds. Pure
data and the functions that make two spellings comparable. A new language is a few words more in a table, never a
branch. Words stand in their order of preference: with both "Outlet" and "Company" in a list, the outlet is the outlet.
The words by which a list says "do not mail" are in `wishes`.

"Notes" is not the `note` of a contact on purpose: a note is printed above the release, and what staff write into a
column "Notes" about a journalist is not for that journalist's eyes. Such a column stays a merge field by its own name.
Languages: English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Japanese; the commonest headings in
Chinese, Korean, Russian, Ukrainian, Turkish, Danish, Swedish, Norwegian, Czech, Arabic, Greek.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_APOSTROPHES: Final = dict.fromkeys(map(ord, "’‘´`ʼ"), "'")  # as people type them: "don´t"


@lru_cache(maxsize=8192)  # headers, statuses and tags are few and stand in every row
def compact(text: str) -> str:
    """Return the form in which headers are compared: no case, accents, blanks or signs ("E-Mail:" is "email")."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def plain(text: str) -> str:
    """The form in which sentences are compared: words kept apart, no case, no accents ("Opt-out" is "opt out")."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text.translate(_APOSTROPHES))
    decomposed = unicodedata.normalize("NFKD", apart.casefold())
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"\be mail", "email", re.sub(r"[\s_\-‐–]+", " ", kept.replace("'", "")).strip())


def tokens(text: str) -> list[str]:
    """Return the words of a header, compacted, with camelCase taken apart ("OwnerEmail" is owner, email)."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    return [word for part in re.split(r"[\W_]+", apart) if (word := compact(part))]


def _table(words: str) -> tuple[str, ...]:
    return tuple(compact(word) for word in words.split(","))


# Of the meanings in values.MEANINGS all but email, which has rules of its own in `headers`.
HEADER_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "first_name": _table(
        "first name,first,given name,forename,christian name,vorname,rufname,prénom,nombre de pila,"
        "primer nombre,nome di battesimo,primeiro nome,nome próprio,voornaam,roepnaam,imię,fornavn,förnamn,"
        "křestní jméno,etunimi,fname,имя,名,名前名,ファーストネーム,下の名前,primo nome"
        ",имя,given name in english,ім'я"
    ),
    "last_name": _table(
        "last name,last,surname,family name,nachname,familienname,zuname,nom de famille,patronyme,apellidos,"
        "apellido,primer apellido,apellido paterno,cognome,apelido,sobrenome,último nome,achternaam,"
        "familienaam,nazwisko,efternavn,etternavn,efternamn,příjmení,sukunimi,lname,фамилия,姓,苗字,名字,"
        "ラストネーム"
        ",姓氏,성,성씨,прізвище,soyadı,soyad"
    ),
    "name": _table(
        "full name,fullname,name,contact name,contact full name,journalist name,journalist,reporter,"
        "reporter name,media contact,press contact,author,editor name,subscriber name,ansprechpartner,"
        "ansprechpartnerin,ansprechperson,kontaktperson,kontaktname,vollständiger name,vor- und nachname,"
        "vorname nachname,vorname und nachname,vorname name,journalistin,autor,redakteur,redakteurin,"
        "name vorname,nachname vorname,name und vorname,nom complet,nom et prénom,prénom et nom,prénom nom,"
        "nom prénom,nom du contact,nom du journaliste,journaliste,nom,nombre completo,nombre y apellidos,"
        "nombre y apellido,apellidos y nombre,apellido y nombre,apellidos nombre,nombre del contacto,"
        "nombre contacto,periodista,nombre,nome completo,nome e cognome,cognome e nome,nominativo,giornalista,"
        "referente,nome e apelido,nome e sobrenome,nome do contacto,nome do contato,jornalista,nome,"
        "volledige naam,voor- en achternaam,naam,contactpersoon,journalist naam,imię i nazwisko,"
        "nazwisko i imię,imię nazwisko,nazwisko imię,dziennikarz,dziennikarka,osoba kontaktowa,fulde navn,"
        "fullt navn,navn,fullständigt namn,namn,kontaktperson,jméno a příjmení,jméno,nimi,"
        "last name first name,surname forename,last first,kontakt,contact,contacto,contatto,contato,person,"
        "name of journalist,contact presse,interlocuteur,persona de contacto,nome do jornalista,ご担当者,"
        "氏名,お名前,名前,担当者名,ご担当者名,記者名,担当者,display name,anzeigename,nom à afficher,"
        "nom affiché,nombre para mostrar,nome visualizzato,weergavenaam,nazwa wyświetlana,visningsnavn,"
        "visningsnamn,表示名,file as"
        ",姓名,中文姓名,中文名,全名,联系人,联系人姓名,聯絡人,聯絡人姓名,聯繫人,记者,记者姓名,記者,記者姓名"
        ",이름,성명,성함,기자,기자명,기자 이름,담당자,담당자명,фио,ф.и.о.,полное имя,контактное лицо"
        ",журналист,піб,ad soyad,adı soyadı,isim,الاسم,الاسم الكامل,ονοματεπώνυμο,όνομα"
    ),
    "salutation": _table(
        "salutation,formal salutation,greeting,anrede,briefanrede,civilité,tratamiento,saludo,appellativo,"
        "titolo,tratamento,saudação,aanhef,zwrot grzecznościowy,forma grzecznościowa,tiltale,tilltal,oslovení,"
        "prefix,name prefix,honorific,敬称,formal name"
        ",称呼,稱呼,尊称,호칭,обращение,звертання,hitap"
    ),
    "outlet": _table(
        "outlet,outlet name,outlets,media outlet,media outlet name,primary outlet,publication,"
        "publication name,publications,publication title,news outlet,media title,media name,medium,"
        "name des mediums,media,paper,newspaper,magazine,station,broadcaster,zeitung,zeitschrift,redaktion,"
        "medienname,titre de presse,nom du titre,média,médias,nom du média,nom média,support,titre du média,"
        "medio,medios,nombre del medio,nombre medio,medio de comunicación,cabecera,publicación,testata,"
        "testata giornalistica,nome testata,giornale,publicação,veículo,veículo de comunicação,"
        "meio de comunicação,meio,órgão de comunicação social,órgão,jornal,krant,publicatie,mediumnaam,"
        "naam medium,tytuł prasowy,nazwa medium,nazwa redakcji,redakcja,gazeta,medie,mediehus,medium name,"
        "tidning,avis,redakce,médium,mediet,company,company name,associated company,primary company,"
        "organization,organisation,organization name,organisation name,organization 1 name,"
        "organisation 1 name,account name,account,employer,newsroom,firma,firmenname,unternehmen,verlag,"
        "sender,arbeitgeber,société,nom de la société,nom entreprise,entreprise,organisme,nom organisme,"
        "entité,empresa,nombre de la empresa,organización,azienda,società,ditta,organizzazione,organização,"
        "entidade,bedrijf,bedrijfsnaam,organisatie,nazwa firmy,organizacja,przedsiębiorstwo,virksomhed,"
        "företag,selskap,bedrift,společnost,yritys,издание,сми,媒体,媒体名,メディア,メディア名,掲載媒体,"
        "会社名,会社,企業名,組織名,社名,勤務先,新聞社,新聞社名,所属,所属媒体,business name,media organization,"
        "media organisation,medienhaus,publikation,journal,organe de presse,rédaction,periódico,compañía,"
        "titel medium,uitgave,omroep,nazwa mediów,medientitel,titel des mediums,objekttitel,zeitungstitel,"
        "presseorgan,organ,titre de la publication,nom du support,organe,denominación del medio,titolo testata,"
        "nome della testata,nome do veículo,nome do meio,naam van medium,naam publicatie,titel publicatie,"
        "denominazione testata,denominazione della testata,raison sociale,raison sociale du média,"
        "nazwa tytułu,tytuł medium,雑誌名,媒体社名,番組名,放送局"
        ",媒体名称,媒体单位,媒體,媒體名稱,所属媒体,所屬媒體,单位,单位名称,單位,單位名稱,工作单位,公司"
        ",公司名称,公司名稱,机构,機構,报社,報社,刊物,매체,매체명,언론사,언론사명,회사,회사명,소속,소속사"
        ",소속매체,신문사,방송사,организация,компания,редакция,медиа,название сми,видання,змі,kurum,yayın"
        ",gazete,medya,المؤسسة,الوسيلة الإعلامية,μέσο"
    ),
    "role": _table(
        "role,job title,position,job position,title,job,contact title,organization title,organization 1 title,"
        "occupation,job function,job role,designation,funktion,rolle,berufsbezeichnung,stellenbezeichnung,"
        "jobtitel,berufliche position,dienststellung,fonction,poste,rôle,intitulé du poste,profession,cargo,"
        "puesto,función,título,puesto de trabajo,ruolo,qualifica,posizione,mansione,incarico,função,posição,"
        "functie,functietitel,rol,stanowisko,funkcja,stilling,jobtittel,befattning,roll,funkce,pozice,tehtävä,"
        "должность,役職,肩書,肩書き,職種,職位,titel,function,"
        "stellung,qualité"
        ",职务,职位,职称,頭銜,头衔,職務,職稱,직책,직위,직함,직급,посада,роль,görev,ünvan,unvan,المنصب,θέση"
    ),
    "beat": _table(
        "beat,beats,topic,topics,subject,subjects,coverage,coverage area,areas of coverage,covers,sector,"
        "sectors,section,desk,specialism,interests,ressort,ressorts,thema,themen,themengebiet,themengebiete,"
        "themenbereich,fachgebiet,schwerpunkt,rubrique,rubriques,sujet,sujets,thème,thèmes,thématique,"
        "thématiques,spécialité,tema,temas,sección,secciones,ámbito,área,especialidad,temática,settore,"
        "argomento,argomenti,tematiche,sezione,secção,seção,editoria,área de interesse,rubriek,onderwerp,"
        "onderwerpen,vakgebied,aandachtsgebied,tematyka,temat,tematy,dział,dziedzina,obszar tematyczny,emne,"
        "stof,stofområde,fagområde,ämne,ämnesområde,téma,rubrika,担当,担当分野,分野,ジャンル,専門分野,部署,"
        "kategorie,category"
        ",领域,領域,报道领域,報導領域,报道方向,跑口,条线,路線,분야,담당 분야,담당분야,출입처,тема,тематика"
        ",рубрика,alan,konu"
    ),
    "phone": _table(
        "phone,phone number,phone numbers,telephone,telephone number,tel,tel no,direct phone,direct line,"
        "direct dial,business phone,work phone,office phone,phone work,contact phone,contact number,"
        "phone 1 value,primary phone,phone 1,landline,mobile,mobile phone,mobile number,cell,cell phone,"
        "telefon,telefonnummer,rufnummer,durchwahl,tel nr,telefonnr,telefon geschäftlich,telefon dienstlich,"
        "telefon büro,tel dienstlich,festnetz,handy,handynummer,mobil,mobiltelefon,mobilnummer,téléphone,"
        "numéro de téléphone,téléphone bureau,tél bureau,téléphone professionnel,ligne directe,portable,"
        "mobile pro,tél mobile,teléfono,número de teléfono,teléfono del trabajo,teléfono trabajo,"
        "teléfono móvil,móvil,telefono,telefono ufficio,numero di telefono,cellulare,telefone,"
        "número de telefone,telemóvel,celular,telefoon,telefoonnummer,telefoon werk,mobiel,gsm,numer telefonu,"
        "telefon służbowy,telefon komórkowy,nr telefonu,komórka,telefonszám,puhelin,電話,電話番号,会社電話,"
        "携帯電話,携帯,tel.,tlf,numéro"
        ",电话,电话号码,联系电话,手机,手机号,手机号码,座机,電話號碼,聯絡電話,手機,手機號碼,行動電話,전화"
        ",전화번호,연락처,휴대폰,휴대폰 번호,휴대전화,핸드폰,номер телефона,мобильный,телефон"
        ",telefon numarası,cep telefonu,الهاتف,τηλέφωνο"
    ),
    "country": _table(
        "country,country name,country region,business country,business country region,mailing country,"
        "country code,nation,land,staat,land region,land region geschäftlich,pays,pays région,país,"
        "país o región,paese,nazione,kraj,państwo,země,maa,国,国名,国地域"
        ",国家,國家,国家地区,國家地區,국가,나라,страна,країна,ülke,الدولة,χώρα"
    ),
    "language": _table(
        "language,lang,locale,preferred language,languages,sprache,korrespondenzsprache,langue,idioma,lengua,"
        "lingua,língua,taal,język,sprog,språk,jazyk,kieli,言語"
        ",语言,語言,언어,язык,мова,dil,اللغة,γλώσσα"
    ),
    "note": _table(
        "note,personal note,personal message,persönliche notiz,persönliche nachricht,note personnelle,"
        "message personnel,nota personal,mensaje personal,nota personale,nota pessoal,persoonlijke noot"
    ),
    "tags": _table(
        "tags,tag,labels,label,groups,group,group membership,contact tags,categories,segments,schlagworte,"
        "schlagwörter,stichworte,gruppen,gruppe,kategorien,étiquettes,mots clés,catégories,groupes,etiquetas,"
        "categorías,grupos,etichette,categorie,gruppi,labels groups,etykiety,tagi,kategorie,grupy,etiketter,"
        "taggar,タグ,分類,グループ"
        ",标签,標籤,分组,分組,组别,태그,그룹,분류,теги,метки,группа,группы,etiketler"
    ),
    "other_emails": _table(
        "other emails,other email addresses,other email,further emails,additional email addresses,"
        "additional emails,secondary emails,all emails,weitere emails,weitere email adressen,autres emails,"
        "otros correos,altre email"
    ),
    "text_only": _table(
        "text only,plain text,plain text only,plaintext,nur text,reiner text,texte seul,texte brut,solo texto,"
        "solo testo,alleen tekst,tylko tekst"
    ),
    "time_zone": _table(
        "time zone,timezone,tz,iana timezone,zeitzone,fuseau horaire,zona horaria,huso horario,fuso orario,"
        "fuso horário,tijdzone,strefa czasowa,tidszone,tidszon,časové pásmo,タイムゾーン"
    ),
    "embargo_agreed": _table(
        "embargo agreed,embargo,embargoes,keeps embargoes,agreed to embargo,agrees to embargoes,embargo accepted,"
        "accepts embargo,embargo ok,under embargo,sperrfrist,sperrfristen,sperrfrist zugesagt,hält sperrfristen ein,"
        "embargo accepté,accepte les embargos,embargo aceptado,acepta embargos,embargo accettato,accetta embargo,"
        "aceita embargo,embargo aceito,embargo akkoord,akceptuje embargo,エンバーゴ,解禁厳守"
    ),
    "subscriber_type": _table("subscriber type,corporate or individual,empfängerart"),
    "lawful_basis": _table(
        "lawful basis,legal basis,legal basis for processing contacts data,rechtsgrundlage,base légale,"
        "base jurídica,base legal,base giuridica,rechtsgrond,grondslag,podstawa prawna"
    ),
    "basis_evidence": _table("basis evidence,consent evidence,evidence,nachweis,preuve,prueba"),
    "source": _table(
        "source,data source,contact source,lead source,original source,record source,quelle,herkunft,"
        "datenquelle,origine,fuente,origen,fonte,origem,bron,źródło,kilde,källa,zdroj,出典,情報源"
    ),
    "source_date": _table("source date,date of source,captured at,capture date,erhoben am,date de collecte"),
    "notice_sent_at": _table("notice sent at,privacy notice sent,informiert am"),
    "last_verified_at": _table(
        "last verified at,last verified,verified at,last checked,zuletzt geprüft,geprüft am,vérifié le,verificado el"
    ),
    "retention_until": _table("retention until,keep until,delete after,löschen am,aufbewahren bis,conserver jusqu'au"),
}

# What staff write about people for themselves. It may say "do not contact", and is never printed.
PRIVATE_NOTES: Final = frozenset(
    _table(
        "notes,bemerkung,bemerkungen,notiz,notizen,anmerkung,anmerkungen,hinweis,hinweise,kommentar,"
        "kommentare,comment,comments,remark,remarks,memo,internal notes,description,remarque,remarques,"
        "commentaire,commentaires,observations,nota,notas,comentario,comentarios,observaciones,observações,"
        "comentários,note interne,osservazioni,commenti,opmerking,opmerkingen,notities,uwagi,notatki,"
        "komentarz,bemærkning,bemærkninger,merknad,anteckning,anteckningar,kommentti,poznámka,poznámky,備考,"
        "メモ,注記,コメント,ノート,备注,備註,附注,附註,说明,說明,비고,메모,참고,примечание,примечания,комментарий,"
        "комментарии,заметки,примітка,notlar,açıklama,ملاحظات,σημειώσεις"
    )
)

# Headers that say that a full name begins with the family name.
FAMILY_FIRST: Final = frozenset(
    _table(
        "name vorname,nachname vorname,name und vorname,nachname und vorname,familienname vorname,nom prénom,"
        "nom et prénom,nom prénoms,apellidos y nombre,apellidos y nombres,apellido y nombre,apellidos nombre,"
        "cognome e nome,cognome nome,nazwisko i imię,nazwisko imię,achternaam voornaam,naam voornaam,"
        "last name first name,last first,surname forename,surname first name,příjmení a jméno,file as"
    )
)
DISPLAY_NAMES: Final = frozenset(HEADER_WORDS["name"][HEADER_WORDS["name"].index("displayname") :])
# Parts of a family name that have columns of their own, before and after its main part.
NAME_PARTICLES: Final = frozenset(_table("tussenvoegsel,tussenvoegsels,voorvoegsel,namenszusatz,vorsatzwort,particule"))
SECOND_SURNAMES: Final = frozenset(_table("segundo apellido,apellido materno,second surname,2 apellido"))

# "Name" means the last name where the list also has a column for the first one under the word beside it.
LAST_NAME_BESIDE: Final = frozenset(_table("name,nom,naam,navn,namn,familienname"))
FIRST_NAME_BESIDE: Final = frozenset(_table("name,naam,navn,namn,nombre,nombres,nome,jméno,imiona,nimi"))
# Where these head other columns, "Note" is Italian, and what staff write for themselves.
ITALIAN: Final = frozenset(_table("nome,cognome,nominativo,testata,azienda,società,ruolo,titolo,posta elettronica"))

# A header in which one of these stands first is about the person of the row.
PERSON_PREFIXES: Final = frozenset(
    _table(
        "contact,contacts,journalist,kontakt,reporter,person,people,subscriber,member,your,individual,ticket,attendee,"
        "participant,registrant,guest,delegate,recipient,influencer,invitee,teilnehmer,teilnehmerin,gast,empfänger,"
        "invité,destinataire,participante,asistente al evento,invitado,partecipante,invitato,destinatario,deelnemer,"
        "uczestnik,odbiorca,merge"
    )
)
# … and one that stands last: "Cognome giornalista"; some only behind a linking word, as "Last contact" is a date.
PERSON_SUFFIXES: Final = frozenset(
    _table(
        "journaliste,periodista,giornalista,jornalista,contactpersoon,dziennikarza,ansprechpartner,ansprechpartners,"
        "ansprechperson,redakteurs,journalisten"
    )
)
LINKED_SUFFIXES: Final = frozenset(
    _table(
        "contact,interlocuteur,contacto,contatto,referente,contato,contacts,person,kontaktu,kontakts,journalist,reporter"
    )
)
LINKING: Final = frozenset(_table("du,de,la,le,l,del,della,dello,do,da,des,der,van,den,het,of,the"))
GLUED_PREFIXES: Final = ("contact", "journalist", "reporter", "subscriber")
PHONE_TOKENS: Final = frozenset(
    _table(
        "tel,tél,phone,phones,telephone,telefon,téléphone,teléfono,telefono,telefone,telefoon,mobile,mobil,cell,телефон"
    )
)
NO_PHONE: Final = frozenset(_table("fax,type,typ,label,opt,sms,ext,extension,consent,do,not,status"))
# Words that qualify a header and change nothing about what it means.
QUALIFIERS: Final = frozenset(
    _table(
        "required,optional,value,address,primary,main,work,business,office,geschäftlich,dienstlich,büro,"
        "beruflich,professionale,profesional,profissional,służbowy,zakelijk,pflichtfeld,bureau,professionnel,pro,obligatoire,trabajo,oficina,lavoro,ufficio,trabalho,"
        "werk,praca,1,の"
    )
)

# What a form asks round the word that it is about: "Which outlet do you write for?" is "outlet".
QUESTION_WORDS: Final = frozenset(
    _table(
        "what,which,who,is,are,was,your,you,do,does,the,a,an,of,for,from,with,at,in,write,writing,work,working,represent,"
        "please,enter,give,us,tell,wie,lautet,ihr,ihre,ihren,ist,für,welches,welche,welchem,welcher,arbeiten,schreiben,"
        "sie,bitte,kommen,quel,quelle,est,votre,vos,vous,pour,travaillez,écrivez,le,la,les,cual,es,su,tu,para,que,"
        "trabaja,trabajas,escribe,en,el,qual,il,lo,tuo,tua,suo,sua,per,quale,lavori,scrivi,lavora,scrive,seu,o,você,"
        "trabalha,escreve,wat,welk,uw,jouw,je,u,voor,werkt,schrijft,jaki,jakie,jest,twój,twoje,pana,pani,dla,pracujesz"
    )
)

EMAIL_HEADERS: Final = _table(
    "email,email address,mail,mail address,emailadresse,mailadresse,adresse email,adresse mail,adresse e-mail,"
    "courriel,adresse courriel,adresse électronique,adresse de messagerie,correo electrónico,correo,email pro,"
    "email professionnel,dirección de correo electrónico,dirección de correo,dirección de email,"
    "dirección email,mel,contact email,email contact,kontakt email,email kontakt,journalist email,"
    "reporter email,person email,work email,business email,email work,email dienstlich,dienstliche email,"
    "email geschäftlich,primary email,primary email address,contact primary email,email 1,email 1 value,"
    "email 1 address,email address 1,emails,email addresses,direct email,personal work email,indirizzo email,"
    "indirizzo di posta elettronica,indirizzo posta elettronica,posta elettronica,e-mailadres,mailadres,"
    "adres e-mail,adres email,adres mailowy,poczta elektroniczna,endereço de email,"
    "endereço de correio eletrónico,endereço eletrónico,endereço email,correio eletrónico,correio eletrônico,"
    "epost,epostadresse,e-postadress,mailadresse,e-mailová adresa,sähköposti,primäre e-mail-adresse,"
    "adresse électronique principale,subscriber email,subscriber,email id,メールアドレス,メール,eメール,"
    "電子メール,電子メールアドレス,e-mailアドレス,emailアドレス,アドレス,電子邮件,邮箱,이메일,メアド,"
    "elektronische post,"
    "电子邮件,电子邮箱,邮件,邮件地址,邮箱地址,电邮,电子邮件地址,電子郵件,電子郵件地址,電子信箱,電子郵件信箱,郵箱,電郵,信箱,"
    "이메일 주소,메일,메일 주소,전자우편,электронная почта,эл почта,почта,адрес электронной почты,емейл,имейл,"
    "електронна пошта,пошта,eposta,eposta adresi,البريد الإلكتروني,بريد إلكتروني"
)
# A word of a header that names mail or an address for it; `mailing` and `mailchimp` do not.
EMAIL_TOKEN: Final = re.compile(
    r"\w*mails?(?:adress\w*|addr\w*|adres\w*|ova|アトレス)?|\w*courriels?|correo|epost\w*|messagerie|.*メール.*"
    r"|poczta|sahkoposti|mel"
)
# About mail, but no address: "Email status", "E-mail Display Name", "Emails sent".
NOT_AN_ADDRESS: Final = frozenset(
    _table(
        "status,optout,opt,optin,out,in,sent,opened,opens,clicked,clicks,bounce,bounced,type,label,display,"
        "format,verified,date,count,permission,consent,domain,unsubscribed,unsubscribe,frequency,quality,"
        "grade,confidence,score,source,campaign,template,list,client,subject,last,time,chimp,valid,gültig,"
        "reason,preference,grund,statut,estado,einwilligung,zustimmung,abgemeldet,bestätigt,typ,tipo,"
        "angezeigter,anzeigename,affiché,complet,pantalla,mostrar,visualizzato,weergegeven,weergavenaam,"
        "wyświetlana,visualização,種類,表示名,invalid,quarantined,quarantine,blacklisted,blocklisted,"
        "newsletter,allow,allowed,erlaubt,datum,anzahl,received,replied,reply,name,delivered,hard,soft,"
        "provider,signature,id,hash,kind,notifications,permitted,marketing,confirmed,rate,text,body,content,"
        "copy,links,link,url,no,kein,keine,not,do,ok,stato,状態,配信,stan,zgoda,consenso"
    )
)
SOMEBODY_ELSE: Final = frozenset(
    _table(
        "owner,owners,assistant,assistants,manager,agent,sender,created,creator,modified,updated,added,by,"
        "assigned,assignee,reply,cc,bcc,account manager,ours,our,internal,from,from email,besitzer,besitzerin,"
        "inhaber,betreuer,betreuerin,betreut,zuständig,zuständige,zuständiger,assistent,assistenz,assistentin,"
        "sekretariat,sekretärin,bearbeiter,erstellt,angelegt,verantwortlich,absender,propriétaire,assistante,"
        "secrétariat,gestionnaire,responsable,chargé,expéditeur,créé,gestor,propietario,asistente,secretaría,"
        "remitente,creado,proprietario,responsabile,assistente,segreteria,mittente,proprietário,responsável,"
        "secretariado,remetente,eigenaar,beheerder,secretariaat,afzender,właściciel,opiekun,asystent,"
        "asystentka,sekretariat,nadawca,ejer,ansvarlig,ansvarig,ägare,vlastník,billing,invoice,rechnung,"
        "referrer,referred,colleague,parent,pr,publicist,spouse,partner,pa,ea,secretary,representative,"
        "author of record,buyer,purchaser,booker,ordered,payer,besteller,käufer,acheteur,comprador,acquirente,"
        "作成者,所有者,秘書,アシスタント,自社担当,社内担当"
    )
)
# The address of a house, not of a person: used where a list has nothing nearer to the people.
THE_HOUSE: Final = frozenset(
    _table(
        "outlet,publication,publisher,company,organization,organisation,medium,media,redaktion,redaktions,"
        "general,generic,desk,newsroom,newsdesk,firma,verlag,medio,média,rédaction,société,zentrale,zentral,"
        "allgemein,allgemeine,central,redacción,redazione,testata,redactie,redakcja,redakcji,empresa,veículo,"
        "editorial,department,abteilung,station,account,office general,代表,会社,編集部,媒体,info"
    )
)
# The person's own, but not where the press should write first.
AT_HOME: Final = frozenset(
    _table(
        "private,privat,private emailadresse,personal,home,perso,personnel,personnelle,particular,casa,privé,prywatny"
    )
)
# The person's own second address: what a row without a first one may use.
SECOND: Final = frozenset(
    _table(
        "secondary,alternate,alternative,other,2,3,4,second,third,additional,further,sekundäre,zweite,weitere,"
        "alternativ,secondaire,autre,secundario,secundaria,alternativo,otro,secondario,altra,tweede,andere,"
        "drugi,dodatkowy,anden,annan,backup,予備,サブ"
    )
)

TOTAL_WORDS: Final = frozenset(_table("total,totals,sum,grand total,summe,gesamt,gesamtzahl,anzahl,somme,suma,totale"))

# What stands in an address cell and says that there is none.
NO_ADDRESS: Final = frozenset(
    _table(
        "na,n/a,none,no,nil,null,nan,tbc,tbd,tba,unknown,no email,no mail,not known,not available,missing,"
        "to follow,ask,keine,kein,keine email,keine mail,nicht bekannt,unbekannt,folgt,fehlt,nein,aucun,"
        "aucune,inconnu,inconnue,pas d'email,pas de mail,néant,non communiqué,nc,ninguno,ninguna,sin correo,"
        "sin email,desconocido,no disponible,pendiente,nessuno,nessuna,non disponibile,nd,sconosciuto,geen,"
        "onbekend,nvt,sem email,não disponível,desconhecido,nenhum,brak,nieznany,brak danych,ingen,ukendt,"
        "okänd,ukjent,saknas,není,なし,無し,無,不明,未定,非公開,无,x,xx,xxx"
    )
)
# What stands in a cell of a name for nothing, as databases, programs and people write it; "Null" and "Nan" are names.
NOTHING: Final = frozenset(
    (
        *("NULL", "null", "(null)", "\\N", "NaN", "nan", "#N/A", "#NV", "#REF!", "#NAME?", "#VALUE!", "undefined"),
        *("N/A", "n/a", "n.a.", "k.A.", "k. A.", "-", "--", "–", "—", "?", "s/d", "n.b.", "n.v.t.", "b.d.", "該当なし"),
    )
)
# The part before the @ in addresses that somebody made up to fill a cell.
MADE_UP: Final = frozenset(
    (
        *("example", "beispiel", "exemple", "ejemplo", "esempio", "voorbeeld", "przyklad", "exemplo"),
        *("noemail", "no-email", "no.email", "nomail", "no-mail", "no_email", "none", "keine", "keineemail", "n/a"),
        *("firstname.lastname", "vorname.nachname", "prenom.nom", "nombre.apellido", "nome.cognome", "your.name"),
        *("name.surname", "xxx", "unknown", "unbekannt", "youremail", "your.email", "placeholder", "dummy"),
    )
)

# Titles that stand before a name: a column of these is no column of jobs.
TITLES: Final = frozenset(
    _table(
        "mr,mrs,ms,miss,mx,dr,prof,professor,sir,dame,lord,lady,rev,hon,herr,frau,fr,hr,herrn,dipl ing,dr med,"
        "dr phil,mag,prof dr,pd dr,m,mme,mlle,monsieur,madame,mademoiselle,me,docteur,sr,sra,srta,don,doña,d,"
        "señor,señora,dra,sig,sigra,sig ra,signor,signora,dott,dottssa,dott ssa,ing,avv,dhr,mevr,mevrouw,"
        "de heer,mw,drs,pan,pani,p,fru,hr,ing,mgr,様,さん,先生,damen und herren,ph d,phd,ba,ma"
    )
)
