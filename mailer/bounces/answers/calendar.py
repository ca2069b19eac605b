"""Calendar: the names of months, weekdays and near days in the languages that we read.

Owns the tables and how they become one alternative each, in the plain form of `sentences.fold`. Never reads a text.
A name that meant two months in two languages would have to go; none does.
"""

from __future__ import annotations

_MONTHS = (
    (
        "january januar janner jaenner januari janvier enero gennaio janeiro stycznia stycznia января "
        "ledna ocak tammikuuta jan janv ene gen sty янв"
    ),
    (
        "february februar feber februari fevrier febrero febbraio fevereiro lutego февраля unora subat "
        "helmikuuta feb fevr fev febr фев"
    ),
    "march marz maerz maart mars marzo marco marca марта marts brezna mart maaliskuuta mar mrt",
    "april avril abril aprile kwietnia апреля dubna nisan huhtikuuta apr avr abr апр",
    "may mai mei mayo maggio maio maja мая maj kvetna mayis toukokuuta mag",
    "june juni juin junio giugno junho czerwca июня cervna haziran kesakuuta jun giu",
    "july juli juillet julio luglio julho lipca июля cervence temmuz heinakuuta jul juil lug",
    "august augustus aout agosto sierpnia августа augusti srpna agustos elokuuta aug ago авг",
    (
        "september septembre septiembre setiembre settembre setembro wrzesnia сентября zari eylul "
        "syyskuuta sep sept сен сент"
    ),
    "october oktober octobre octubre ottobre outubro pazdziernika октября rijna ekim lokakuuta oct okt ott окт",
    "november novembre noviembre novembro listopada ноября listopadu kasim marraskuuta nov noy ноя",
    (
        "december dezember decembre diciembre dicembre dezembro grudnia декабря prosince aralik "
        "joulukuuta desember dec dez dic дек"
    ),
)
_WEEKDAYS = (
    (
        "monday montag lundi lunes lunedi segunda-feira segunda maandag poniedzialek poniedzialku "
        "понедельник понедельника mandag mandagen mandag pondeli pazartesi maanantaina mon 月曜日 月曜 周一 "
        "星期一 週一"
    ),
    (
        "tuesday dienstag mardi martes martedi terca-feira terca dinsdag wtorek wtorku вторник "
        "вторника tisdag tirsdag utery sali tiistaina tue tues 火曜日 火曜 周二 星期二 週二"
    ),
    (
        "wednesday mittwoch mercredi miercoles mercoledi quarta-feira quarta woensdag sroda srode "
        "sroda среду среда среды onsdag streda stredu carsamba keskiviikkona wed 水曜日 水曜 周三 星期三 週三"
    ),
    (
        "thursday donnerstag jeudi jueves giovedi quinta-feira quinta donderdag czwartek czwartku "
        "четверг четверга torsdag ctvrtek persembe torstaina thu thur thurs 木曜日 木曜 周四 星期四 週四"
    ),
    (
        "friday freitag vendredi viernes venerdi sexta-feira sexta vrijdag piatek piatku пятницу "
        "пятница пятницы fredag patek cuma perjantaina fri 金曜日 金曜 周五 星期五 週五"
    ),
    (
        "saturday samstag sonnabend samedi sabado sabato zaterdag sobota sobote субботу суббота lordag "
        "lauantaina 土曜日 周六 星期六"
    ),
    (
        "sunday sonntag dimanche domingo domenica zondag niedziela niedziele воскресенье sondag sunnuntaina"
        " 日曜日 周日 星期日"
    ),
)
_TOMORROW = (
    "tomorrow|morgen fruh|demain|manana|domani|amanha|jutro|завтра|明日|明天|i morgon|imorgon|i morgen"
    "|huomenna|zitra|yarin"
)
_NEXT_WEEK = (
    "next week|nachste woche|nachster woche|kommende woche|kommender woche|la semaine prochaine"
    "|semaine prochaine|la proxima semana|la semana que viene|proxima semana"
    "|la prossima settimana|prossima settimana|na proxima semana|volgende week|przyszlym tygodniu"
    "|następnym tygodniu|следующей неделе|来週|下周|下週|nasta vecka|naeste uge|neste uke|pristi tyden"
    "|ensi viikolla|haftaya"
)

MONTHS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
TOMORROW = f"(?:{_TOMORROW})"
NEXT_WEEK = f"(?:{_NEXT_WEEK})"
_BARE_WEEKDAYS = [name for name in WEEKDAYS if name not in {"segunda", "terca", "quarta", "quinta", "sexta"}]
MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
WEEKDAY = (
    "(?:"
    + "|".join(sorted(_BARE_WEEKDAYS, key=len, reverse=True))
    + "|(?:segunda|terca|quarta|quinta|sexta)(?=[ ,.]|$))"
)
