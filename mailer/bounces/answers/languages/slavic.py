"""Slavic: the words of answers in Polish, Russian and Czech, in the plain form (`ł` is `l`, `ё` is `е`).

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
Endings are left open, as they change with who writes to whom.
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_LIST_PL = (
    r"(?:list\w*|baz\w*|mailing\w*|newsletter\w*|subskrypc\w+|adresat\w+|dystrybuc\w+|odbiorc\w+"
    r"|wysylk\w+|korespondenc\w+)"
)
_MAIL_PL = (
    r"(?:maili|maile|wiadomosci|informacji|newsletter\w*|spamu|komunikat\w*|e-?maili|korespondencji"
    "|materialow|reklam)"
)

POLISH = Language(
    code="pl",
    stems="usun|wypis|wykresl|skresl|rezygn|nie |przesta|sprzeciw|zgod|wyrejestr|zaprzesta|zapomni|anul|koniec",
    wishes=(
        (
            r"\b(?:usun\w*|wypis\w*|wykresl\w*|skresl\w*|wyrejestr\w*)(?: (?:prosze|panstwo|juz))? (?:mnie"
            r"|nas|moj\w*|nasz\w*|ten adres|tego adresu|[^\s@]+@[^\s@]+)\b"
        ),
        rf"\b(?:usun\w*|usuniec\w*|wypis\w*|wykresl\w*|skresl\w*)(?: \w+){{0,5}}? z (?:\w+ ){{0,3}}?{_LIST_PL}",
        (
            r"\b(?:mnie|nas|moj\w* (?:e-?)?(?:mail|adres)\w*|nasz\w* adres\w*)\b(?: \w+){0,4}? (?:usun"
            r"|wypis|wykresl|skresl)\w*"
        ),
        (
            r"\bnie (?:chc\w+|zycz\w+)(?: sobie)?(?: juz| wiecej| dluzej)* (?:otrzymyw\w+|dostaw\w+|wiecej"
            f"|{_MAIL_PL}|kontaktu|panstwa {_MAIL_PL})"
        ),
        (
            r"\b(?:prosze |prosimy |i )?nie (?:wysyla\w+|przysyla\w+|pisa\w+|pisz\w*|kontaktowa\w+"
            r"|przesyla\w+|wysylajcie|przysylajcie|kontaktuj\w*)\b.{0,40}\b(?:wiecej|juz|mi|nam|mnie"
            rf"|{_MAIL_PL}|do mnie|do nas)\b"
        ),
        (
            r"\bwiecej\b.{0,20}\bnie (?:wysyla|przysyla|pisa|przesyla)\w+|\b(?:przesta\w*"
            r"|zaprzesta\w*)\b.{0,30}\b(?:wysyl|przysyl|pisa|pisac|przesyl|spam|kontakt)\w*"
        ),
        (
            r"\brezygn\w+\b.{0,40}\b(?:subskrypcj\w+|newsletter\w*|otrzymywani\w+|mailing\w*"
            r"|panstwa (?:maili|wiadomosci|informacji))\b"
        ),
        r"\bsprzeciw\w*\b.{0,60}\b(?:przetwarzan\w+|danych)\b|\bprawo do (?:sprzeciwu|bycia zapomnian\w+|usuniecia)\b",
        (
            r"\busun\w+\b.{0,30}\b(?:moich|swoich|moje|nasze|naszych)\b(?: \w+)? dan\w+|\b(?:cofam|wycofuje"
            r"|odwoluje)\b.{0,20}\bzgod\w+"
        ),
        (
            r"\b(?:chce|chcial\w+|prosze|chcemy)\b(?: \w+){0,3}? (?:sie )?(?:wypisac|wyrejestrowac"
            r"|o wypisanie|zrezygnowac z (?:newsletter|subskrypc|otrzymyw)\w*)|\bjak (?:sie "
            r"|moge sie )?wypisac\b"
        ),
    ),
    harmless=(
        (
            r"\bnie (?:usuwa\w*|usun\w*|wypis\w*|wykresla\w*|skresla\w*|rezygn\w*)(?: (?:mnie"
            "|nas))?(?: z (?:panstwa )?(?:listy|bazy))?"
        ),
        r"\b(?:wskaznik|link|odsetek|przycisk|liczba) (?:rezygnacji|wypisan|wypisania)\w*",
    ),
    refusals=(
        r"\b(?:tekstu|podpisu|artykul\w*|naglowk\w*)\b(?!.{0,60}\b(?:listy|bazy))",
        (
            r"\blist\w+ (?:gosci|oczekujacych|uczestnikow|obecnosci|prelegentow|cen)\b|\b(?:przez pomylke"
            r"|omylkowo|ponownie (?:dodac|dopisac)|dodac|dopisac|dodanie)\b"
        ),
        (
            r"\b(?:aby (?:sie )?(?:wypisac|zrezygnowac)|jesli (?:nie )?(?:chcesz|chca|zycz)\w*"
            r"|jezeli (?:nie )?(?:chc|zycz)\w*|kliknij|mozesz|otrzymuj\w+ (?:te|panstwo))\b"
        ),
        (
            r"\b(?:zdjec\w*|cytat\w*|akapit\w*|fotografi\w+|zdani\w+)\b(?!.{0,60}\b(?:listy|bazy))"
            r"|\bnie (?:otrzymal|dostal)\w+"
        ),
    ),
    alone="wypisz wypisac wypisanie rezygnacja rezygnuje wypisuje wyrejestrowac wypiszcie",
    filler=(
        "prosze dziekuje dzien dobry mnie nas z listy bazy mailingowej newslettera panstwa o "
        "pozdrawiam sie chce tej subskrypcji i serdecznie uprzejmie"
    ),
    absent=(
        (
            r"\b(?:jestem|bede|przebywam|jestesmy|bedziemy|pozostaje)\b.{0,50}\b(?:poza biurem|na urlopie"
            r"|nieobecn\w+|w delegacji|poza redakcja|niedostepn\w+|na zwolnieniu|na wakacjach|w podrozy)"
            r"|\bnieobecn\w+ w (?:biurze|pracy|redakcji)\b"
        ),
        r"\bnie ma mnie\b.{0,20}\b(?:w biurze|w pracy|w redakcji)|\bbiuro\b.{0,30}\b(?:nieczynne|zamkniete)",
    ),
    signs=(
        (
            r"\b(?:piln\w+|w razie potrzeby|podczas mojej nieobecnosci|w tym czasie"
            r"|w czasie mojej)\b.{0,100}\b(?:kontakt\w*|pisa\w*|dzwoni\w*|prosze o|zastepuje|@)"
        ),
        (
            r"\b(?:po (?:moim )?powrocie|wracam|wroce|powrot|bede (?:ponownie|z powrotem))\b"
            r"|\b(?:ograniczony dostep|bez dostepu|nie bede (?:sprawdza|czyta|odbiera)\w+)\b"
            r"|\bzastepuje mnie\b"
        ),
    ),
    automatic=(
        (
            r"\b(?:wiadomosc|odpowiedz|mail)\b.{0,25}\bautomatyczn\w+|\bautomatyczn\w+ (?:odpowiedz"
            r"|wiadomosc)|\bwygenerowan\w+ automatycznie|\bprosimy nie odpowiadac\b"
        ),
        (
            r"\b(?:otrzymalismy|dziekujemy za) (?:twoja|panstwa|pana|pani|wiadomosc|przeslanie|kontakt"
            r"|zgloszenie)\b|\b(?:zgloszeni\w+|numer zgloszenia|sprawy)\b.{0,12}\d{3,}"
        ),
        r"\bodpowiemy\b.{0,50}\b(?:szybko|najszybciej|mozliwie|wkrotce)|\bw ciagu \w+ (?:dni|godzin)",
    ),
    left=(
        r"\bjuz (?:u nas |tu |tutaj |w firmie |w redakcji )?nie pracuj\w+\b|\bnie pracuj\w+ (?:u nas )?juz\b",
        (
            r"\b(?:juz nie|nie)(?: \w+)? (?:pracuj\w+|jest\w*)\b.{0,10}\b(?:juz|w|dla|tu|zwiazan\w+|czescia"
            r"|pracownik\w+)\b|\bnie pracuj\w+ juz\b|\bodesz\w+ z (?:redakcji|firmy|gazety|pracy"
            r"|wydawnictwa)|\bzakonczyl\w+ (?:prace|wspolprace)|\bna emerytur\w+|\bzmienil\w+ (?:prace"
            "|pracodawce|redakcje)"
        ),
    ),
    gone=(
        (
            r"\b(?:skrzynka|adres|konto|e-?mail)\b.{0,50}\b(?:nie jest (?:juz|dluzej)|jest nieaktywn\w+"
            r"|juz nie|nieobslugiwan\w+|zostal\w* (?:zamknie|wylaczon|usunie)\w+)"
        ),
    ),
    own=(
        (
            r"\b(?:moj|nasz) nowy (?:adres|e-?mail|mail)|\bnowy adres\b|\b(?:prosze pisac do mnie"
            r"|jestem dostepn\w+ pod)\b"
        ),
    ),
    instead=(
        (
            r"\b(?:od teraz|w przyszlosci|odtad|na przyszlosc|dalsz\w+)\b.{0,80}(?:kierowa\w*|wysyla\w*"
            r"|pisa\w*|kontakt\w*|na adres|@)|\b(?:kierowa\w*|wysyla\w*|pisa\w*"
            r"|kontakt\w*)\b.{0,80}\b(?:od teraz|w przyszlosci|odtad|zamiast)\b|\b(?:moj nastepca"
            r"|moja nastepczyni|przejal\w*)\b"
        ),
    ),
)

_LIST_RU = r"(?:рассыл\w+|списк\w+|баз\w+|адресн\w+|подписк\w+|получател\w+|контакт\w+)"

RUSSIAN = Language(
    code="ru",
    stems="отпи|удал|исключ|убер|убра|вычерк|не |прекрат|перестан|хватит|отказ|возраж|отзыв|снимите|стоп|больше",
    wishes=(
        (
            r"\b(?:отпиш\w+|отписать|удалит\w+|удалить|исключит\w+|исключить|уберит\w+|убрать|убери"
            r"|вычеркн\w+|снимите)(?: (?:пожалуйста|,|нас|сразу))*,? (?:меня|нас|мой (?:адрес|e-?mail|имейл"
            r"|почт\w+|ящик)|наш (?:адрес|e-?mail)|мою почту|мо\w+ (?:электронн\w+ )?(?:адрес|почт)\w*"
            r"|этот адрес|данный адрес|[^\s@]+@[^\s@]+)"
        ),
        (
            r"\b(?:отпиш\w+|отписать|удалит\w+|удалить|исключит\w+|исключить|уберит\w+|убрать|вычеркн\w+"
            rf"|снимите)(?: \w+){{0,4}}? (?:из|от|с|со) (?:\w+ ){{0,3}}?{_LIST_RU}"
        ),
        (
            r"\b(?:меня|нас|мой адрес|наш адрес)(?: \w+){0,4}? (?:отпис|удал|исключ|убра|убер|вычерк"
            r"|отпиш)\w+|\b(?:хочу|хотим|хотел\w* бы|желаю|прошу|как)\b(?: \w+){0,2}? отписаться\b(?! от "
            r"(?:netflix|конкурент|сервис)\w*)"
        ),
        (
            r"\b(?:не|больше не|прошу не|просим не) (?:надо )?(?:присыла\w+|шлите|отправля\w+|пишите"
            r"|высыла\w+|беспоко\w+|писать|слать|присылать|присылай\w*|направля\w+)\b.{0,40}\b(?:больше|мне"
            r"|нам|нас|меня|на этот|письм\w+|рассылк\w+|спам\w*|рекламу)\b"
        ),
        r"\bбольше\b(?: \w+){0,3}? не (?:присыла|шлите|отправля|пишит|писать|высыла|беспоко|направля)\w*",
        (
            r"\b(?:прекратит\w*|перестан\w+|хватит|прекратить)\b.{0,25}\b(?:слать|присыла\w+|рассыл\w+"
            r"|писать|отправ\w+|спам\w*)"
        ),
        r"\bне (?:хочу|желаю|хотим|желаем|хотел\w* бы)(?: больше| далее)? (?:получать|видеть ваш|получать ваш|быть в)",
        r"\bотказ\w+ от (?:\w+ ){0,3}(?:рассыл|подписк|получени)\w+|\b(?:отмен|прекра)\w+ (?:мою |нашу )подписк\w+",
        (
            r"\bвозража\w+\b.{0,50}\bобработ\w+|\bудал\w+\b.{0,20}\b(?:мои|наши)(?: \w+)? данн\w+"
            r"|\bотзыва\w+ (?:\w+ )?(?:свое )?согласи\w+"
        ),
    ),
    harmless=(
        r"\b(?:кнопк|ссылк|процент|дол|числ|уров)\w* отпис\w+",
        (
            r"\bне (?:отпис|отпиш|удаля|исключа|убира|вычеркива|удалит|отказ)\w*(?: (?:меня"
            "|нас))?(?: из (?:рассылки|списка))?"
        ),
        r"\b(?:читател|клиент|пользовател|подписчик|люд|многи)\w*(?: \w+){0,5}? отпис\w+",
    ),
    refusals=(
        r"\b(?:подпис[ьи] (?:к|под)|стать[ие]|текста|заголовк\w*)\b(?!.{0,60}\b(?:рассыл|списк))",
        (
            r"\bсписк\w+ (?:гостей|ожидания|участников|спикеров|приглашенных|докладчиков|цен)\b"
            r"|\b(?:по ошибке|случайно|снова (?:добав|включ)\w+|добав\w+|верните)\b"
        ),
        r"\b(?:чтобы (?:отписаться|отказаться)|если вы|нажмите|вы (?:можете|получили|получаете)|перейдите|кликните)\b",
        (
            r"\b(?:фото\w*|фотографи\w+|цитат\w+|абзац\w*|снимок|снимк\w+)\b(?!.{0,60}\b(?:рассыл|списк))"
            r"|\bне (?:получил|получал)\w*"
        ),
    ),
    alone="отписаться отпишите отписать отписка отпиши отписаться! отпишитесь",
    filler=(
        "пожалуйста спасибо здравствуйте добрый день меня нас от из с рассылки вашей этой списка "
        "уважением прошу и срочно немедленно хочу"
    ),
    absent=(
        (
            r"\b(?:нахожусь|буду|нахожу|нахоимся|находимся|буду находиться|я)\b.{0,40}\b(?:в отпуске"
            r"|в командировке|вне офиса|отсутств\w+|на больничном|не в офисе|недоступ\w+|в декрет\w+)"
            r"|\b(?:отсутствую|меня не будет|меня нет|отсутствовать)\b.{0,40}(?:офис|рабоч|месте|по |до |с "
            r"|\d)|^(?:в отпуске|в командировке|сейчас (?:я )?в отпуске)\b"
        ),
        r"\b(?:офис|редакция)\b.{0,30}\b(?:закрыт|не работает)",
    ),
    signs=(
        (
            r"\b(?:срочн\w+|неотложн\w+|в мое отсутствие|на время моего|во время моего)\b.{0,100}(?:обра\w+"
            r"|пиш\w+|связ\w+|звон\w+|@)"
        ),
        (
            r"\b(?:по возвращени\w+|вернусь|после возвращения|как только вернусь|возвращаюсь|отвечу)\b"
            r"|\b(?:ограничен\w* доступ|нет доступа|не (?:смогу|буду) (?:читать|проверять|отвечать))\b"
            r"|\bменя замещает\b"
        ),
    ),
    automatic=(
        (
            r"\bавтоматическ\w+ (?:ответ|письмо|сообщение|уведомление)|\bавтоответ\w*|\b(?:письмо"
            r"|сообщение)\b.{0,30}\bавтоматически\b|\bне (?:нужно )?отвеча\w+ на это\b"
        ),
        (
            r"\b(?:ваше|ваш) (?:письмо|обращение|сообщение|запрос|заявка)\b.{0,40}\b(?:получен\w*|принят\w*"
            r"|зарегистрирован\w*)|\b(?:заявк|обращени|тикет)\w*\b.{0,12}(?:№|#|номер)? ?\d{3,}"
        ),
        r"\b(?:ответим|свяжемся)\b.{0,50}\b(?:ближайш|скор|течение)\w*",
    ),
    left=(
        (
            r"\b(?:больше не|уже не|не) (?:работа\w+|являюсь|является|сотруднича\w+)\b.{0,10}\b(?:больше|в"
            r"|здесь|у|на|сотрудник\w+|редакци\w+)|\b(?:уволил\w+|покинул\w*|ушел|ушла|ушли)\b.{0,20}(?:из"
            r"|редакц|компан|газет|издан|с работы|журнал|на пенси)|\bна пенсии\b"
            r"|\bсменил\w* (?:место работы|работу)"
        ),
    ),
    gone=(
        (
            r"\b(?:ящик|адрес|почта|аккаунт)\b.{0,50}\b(?:больше не|не (?:исполь|провер|действ)|закрыт"
            r"|отключен|неактив)\w*"
        ),
    ),
    own=(
        (
            r"\b(?:мой|наш) новый (?:адрес|e-?mail|имейл|ящик)|\bнов\w+ (?:электронн\w+ )?(?:адрес"
            r"|почт)\w*\b|\b(?:пишите мне|связаться со мной)\b"
        ),
    ),
    instead=(
        (
            r"\b(?:впредь|отныне|теперь|в дальнейшем|в будущем)\b.{0,80}(?:направля\w+|пиш\w+|присыла\w+"
            r"|обра\w+|отправля\w+|шлите|@)|(?:направля\w+|пиш\w+|присыла\w+|обраща\w+"
            r"|отправля\w+)\b.{0,80}\b(?:впредь|отныне|теперь|в дальнейшем|вместо)\b"
        ),
    ),
)

CZECH = Language(
    code="cs",
    stems=(
        "odhlas|odstran|vyrad|vymaz|smaz|vyskrt|neposil|nepreji|nechc|prestan|nesouhlas|souhlas|nezasil|zruste|zrusit"
    ),
    wishes=(
        (
            r"\b(?:odhlas\w*|odstran\w*|vyrad\w*|vymaz\w*|smaz\w*|vyskrt\w*)(?: (?:prosim|me|mne"
            "|si)){0,2} (?:me|mne|nas|muj|moji|moje|nasi|tuto adresu|tento (?:e-?)?mail"
            r"|z (?:\w+ )?(?:seznam|databaz|odber|rozesil|adresar)\w*)\b"
        ),
        (
            r"\b(?:prosim|zadam|prosime|chci|chtel\w* bych)\b.{0,40}\b(?:odhlasit|vyradit|vymazat|odstranit"
            r"|odhlaseni|vyrazeni|vymazani|vyskrtnout|zrusit)\b.{0,50}\b(?:seznam\w*|databaz\w*|odber\w*"
            r"|rozesil\w*|me\b|mne|adres\w*|newsletter\w*|udaj\w*)"
        ),
        (
            r"\b(?:nepreji|neprejeme|nechci|nechceme)\b.{0,40}\b(?:dostavat|zasilat|zadne|vase|od vas|byt"
            "|zpravy|maily|odebirat)"
        ),
        (
            r"\b(?:neposilejte|nezasilejte|nepiste)(?: (?:mi|nam|uz|prosim|jiz)){0,3}"
            r"|\bprestante\b.{0,15}\b(?:posilat|psat|zasilat)|\b(?:nesouhlasim"
            r"|odvolavam souhlas)\b.{0,50}\b(?:zpracovan\w+|zasilan\w+|udaj\w+)?"
        ),
    ),
    harmless=(r"\bne(?:odhlas|vyraz|maz|odstran)\w*",),
    refusals=(
        (
            r"\bseznam\w* (?:host|ucastnik|recnik)\w*|\b(?:pokud|klikn|muzete se|omylem)\w*|\b(?:fotk\w*"
            r"|fotografi\w+|obraz\w+|citac\w+)\b(?!.{0,60}seznam)"
        ),
    ),
    alone="odhlasit odhlaseni odhlaste odhlasuji",
    filler="prosim dekuji dekuju me z odberu seznamu dobry den vas newsletteru s pozdravem se chci",
    absent=(
        (
            r"\b(?:jsem|budu|nejsem|nebudu|jsme|budeme)\b.{0,50}\b(?:mimo kancelar|na dovolene|nepritom\w+"
            r"|v kancelari|k zastizeni|na sluzebni ceste|mimo redakci|v praci)|\bcerpam dovolenou\b"
        ),
    ),
    signs=(
        (
            r"\b(?:nalehav\w+|urgentn\w+|v dobe me nepritomnosti|spech\w+)\b.{0,100}(?:kontakt\w*|obrat\w*"
            r"|pis\w*|volej\w*|@)|\b(?:po (?:mem )?navratu|vratim se|budu zpet|zastupuje me"
            r"|omezeny pristup)\b"
        ),
    ),
    automatic=(r"\bautomatick\w+ (?:odpoved|zprava)|\b(?:obdrzeli jsme|dekujeme za) (?:vas|vasi|vasi zpravu)",),
    left=(
        (
            r"\b(?:jiz|uz)(?: \w+)? ?(?:nepracuj\w+|nejsem|neni)\b.{0,40}|\bopustil\w* (?:redakci|firmu"
            "|spolecnost|noviny)"
        ),
    ),
    gone=(r"\b(?:schranka|adresa|e-?mail)\b.{0,40}\b(?:jiz neni|uz neni|zrusen\w*|neaktivni)",),
    own=(r"\b(?:moje|nase|muj) nov\w (?:adresa|e-?mail|mail)|\bnova adresa\b",),
    instead=(r"\b(?:napriste|nadale|v budoucnu|od nynejska)\b.{0,80}(?:posil\w*|pis\w*|obrac\w*|@)",),
)
