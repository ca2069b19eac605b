"""Phrases: what the opt-out page says, by language.

Owns the sentences, in the languages that the templates speak too, and which of them a browser would like best. A
language that is not among them is shown in another that the reader asks for, else in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ENGLISH: Final = {
    "ask_title": "No more press releases?",
    "ask_to": "This link came with a mail to",
    "ask_lead": "Nothing has changed yet: choose, and confirm below.",
    "legend": "What should stop?",
    "everywhere": "All of our mail",
    "everywhere_means": "You will not hear from us again.",
    "list": "Only this list",
    "list_means": "The list by which this mail came. If you are on another one, that mail still comes.",
    "reason": "Would you tell us why?",
    "reason_means": "You need not. People read it.",
    "stop": "Stop the mail",
    "stop_all": "Stop all of our mail",
    "done": "You will get no more mail from us",
    "done_list": "You will get no more mail by this list",
    "done_for": "This holds for",
    "done_lead": "It holds from now on. A mail that is already on its way may still arrive.",
    "undo": "Undo this",
    "undo_means": "A slip? It can be undone here within an hour.",
    "undone": "You will get our mail as before",
    "undone_means": "What was done by this link is undone.",
    "late": "This cannot be undone here any more",
    "late_means": "Write to us if you would like to have our mail again.",
    "bad": "This link is not complete",
    "bad_means": "Please open it from the mail again, or copy all of it. You can also answer the mail and ask to be "
    "taken off the list.",
    "busy": "This did not work just now",
    "busy_means": "Nothing was changed. Please try again in a few minutes, or answer the mail and ask to be taken off "
    "the list.",
    "slow": "Too many attempts",
    "slow_means": "Please wait a minute, and try again.",
    "questions": "Questions? Write to",
}
_GERMAN: Final = {
    "ask_title": "Keine Pressemitteilungen mehr?",
    "ask_to": "Dieser Link kam mit einer Mail an",
    "ask_lead": "Noch ist nichts geändert: Bitte wählen und unten bestätigen.",
    "legend": "Was soll aufhören?",
    "everywhere": "Alle unsere Mails",
    "everywhere_means": "Sie hören nichts mehr von uns.",
    "list": "Nur dieser Verteiler",
    "list_means": "Der Verteiler, über den diese Mail kam. Stehen Sie in einem weiteren, kommen dessen Mails noch.",
    "reason": "Verraten Sie uns, warum?",
    "reason_means": "Das ist freiwillig. Es wird von Menschen gelesen.",
    "stop": "Mails abbestellen",
    "stop_all": "Alle Mails abbestellen",
    "done": "Sie erhalten keine Mails mehr von uns",
    "done_list": "Sie erhalten über diesen Verteiler keine Mails mehr",
    "done_for": "Das gilt für",
    "done_lead": "Es gilt ab sofort. Eine Mail, die schon unterwegs ist, kann noch ankommen.",
    "undo": "Rückgängig machen",
    "undo_means": "Ein Versehen? Eine Stunde lang lässt es sich hier rückgängig machen.",
    "undone": "Sie erhalten unsere Mails wie zuvor",
    "undone_means": "Was über diesen Link geschah, ist rückgängig gemacht.",
    "late": "Das lässt sich hier nicht mehr rückgängig machen",
    "late_means": "Schreiben Sie uns, wenn Sie unsere Mails wieder erhalten möchten.",
    "bad": "Dieser Link ist nicht vollständig",
    "bad_means": "Bitte öffnen Sie ihn noch einmal aus der Mail, oder kopieren Sie ihn ganz. Sie können auch auf die "
    "Mail antworten und um Austragung bitten.",
    "busy": "Das hat gerade nicht geklappt",
    "busy_means": "Es wurde nichts geändert. Bitte versuchen Sie es in einigen Minuten noch einmal, oder antworten Sie "
    "auf die Mail und bitten um Austragung.",
    "slow": "Zu viele Versuche",
    "slow_means": "Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.",
    "questions": "Fragen? Schreiben Sie an",
}
_FRENCH: Final = {
    "ask_title": "Ne plus recevoir de communiqués ?",
    "ask_to": "Ce lien accompagnait un message adressé à",
    "ask_lead": "Rien n’a encore changé : choisissez, puis confirmez ci-dessous.",
    "legend": "Que faut-il arrêter ?",
    "everywhere": "Tous nos messages",
    "everywhere_means": "Vous ne recevrez plus rien de notre part.",
    "list": "Cette liste seulement",
    "list_means": "La liste par laquelle ce message est venu. Si vous figurez sur une autre, ses messages continuent.",
    "reason": "Souhaitez-vous nous dire pourquoi ?",
    "reason_means": "C’est facultatif. Une personne vous lira.",
    "stop": "Ne plus recevoir de messages",
    "stop_all": "Ne plus rien recevoir",
    "done": "Vous ne recevrez plus de messages de notre part",
    "done_list": "Vous ne recevrez plus de messages par cette liste",
    "done_for": "Cela vaut pour",
    "done_lead": "C’est valable dès maintenant. Un message déjà parti peut encore arriver.",
    "undo": "Annuler",
    "undo_means": "Une erreur ? Vous pouvez l’annuler ici pendant une heure.",
    "undone": "Vous recevrez nos messages comme avant",
    "undone_means": "Ce qui a été fait par ce lien est annulé.",
    "late": "Il n’est plus possible d’annuler ici",
    "late_means": "Écrivez-nous si vous souhaitez recevoir de nouveau nos messages.",
    "bad": "Ce lien n’est pas complet",
    "bad_means": "Ouvrez-le de nouveau depuis le message, ou copiez-le en entier. Vous pouvez aussi répondre au "
    "message et demander à être retiré de la liste.",
    "busy": "Cela n’a pas fonctionné",
    "busy_means": "Rien n’a été changé. Réessayez dans quelques minutes, ou répondez au message et demandez à être "
    "retiré de la liste.",
    "slow": "Trop de tentatives",
    "slow_means": "Attendez une minute, puis réessayez.",
    "questions": "Des questions ? Écrivez à",
}
_SPANISH: Final = {
    "ask_title": "¿No recibir más comunicados?",
    "ask_to": "Este enlace llegó con un mensaje para",
    "ask_lead": "Todavía no ha cambiado nada: elija y confirme abajo.",
    "legend": "¿Qué debe terminar?",
    "everywhere": "Todos nuestros mensajes",
    "everywhere_means": "No volverá a saber de nosotros.",
    "list": "Solo esta lista",
    "list_means": "La lista por la que llegó este mensaje. Si está en otra, sus mensajes seguirán llegando.",
    "reason": "¿Quiere decirnos por qué?",
    "reason_means": "No es necesario. Lo leerá una persona.",
    "stop": "No recibir más mensajes",
    "stop_all": "No recibir ningún mensaje",
    "done": "No recibirá más mensajes nuestros",
    "done_list": "No recibirá más mensajes por esta lista",
    "done_for": "Vale para",
    "done_lead": "Vale desde ahora. Un mensaje que ya está en camino aún puede llegar.",
    "undo": "Deshacer",
    "undo_means": "¿Un error? Puede deshacerlo aquí durante una hora.",
    "undone": "Recibirá nuestros mensajes como antes",
    "undone_means": "Lo que se hizo con este enlace queda deshecho.",
    "late": "Aquí ya no se puede deshacer",
    "late_means": "Escríbanos si desea volver a recibir nuestros mensajes.",
    "bad": "Este enlace no está completo",
    "bad_means": "Ábralo de nuevo desde el mensaje, o cópielo entero. También puede responder al mensaje y pedir que "
    "le quitemos de la lista.",
    "busy": "No ha funcionado",
    "busy_means": "No se ha cambiado nada. Inténtelo de nuevo en unos minutos, o responda al mensaje y pida que le "
    "quitemos de la lista.",
    "slow": "Demasiados intentos",
    "slow_means": "Espere un minuto e inténtelo de nuevo.",
    "questions": "¿Preguntas? Escriba a",
}
_ITALIAN: Final = {
    "ask_title": "Non ricevere più comunicati?",
    "ask_to": "Questo link è arrivato con un messaggio a",
    "ask_lead": "Non è ancora cambiato nulla: scelga e confermi qui sotto.",
    "legend": "Che cosa deve finire?",
    "everywhere": "Tutti i nostri messaggi",
    "everywhere_means": "Non riceverà più nulla da noi.",
    "list": "Solo questa lista",
    "list_means": "La lista con cui è arrivato questo messaggio. Se è in un’altra, i suoi messaggi continuano.",
    "reason": "Vuole dirci perché?",
    "reason_means": "Non è necessario. Lo leggerà una persona.",
    "stop": "Non ricevere più messaggi",
    "stop_all": "Non ricevere alcun messaggio",
    "done": "Non riceverà più nostri messaggi",
    "done_list": "Non riceverà più messaggi da questa lista",
    "done_for": "Vale per",
    "done_lead": "Vale da subito. Un messaggio già partito può ancora arrivare.",
    "undo": "Annulla",
    "undo_means": "Un errore? Qui si può annullare entro un’ora.",
    "undone": "Riceverà i nostri messaggi come prima",
    "undone_means": "Ciò che è stato fatto con questo link è annullato.",
    "late": "Qui non si può più annullare",
    "late_means": "Ci scriva se desidera ricevere di nuovo i nostri messaggi.",
    "bad": "Questo link non è completo",
    "bad_means": "Lo apra di nuovo dal messaggio, o lo copi per intero. Può anche rispondere al messaggio e chiedere "
    "di essere tolto dalla lista.",
    "busy": "Non ha funzionato",
    "busy_means": "Non è stato cambiato nulla. Riprovi tra qualche minuto, o risponda al messaggio e chieda di essere "
    "tolto dalla lista.",
    "slow": "Troppi tentativi",
    "slow_means": "Attenda un minuto e riprovi.",
    "questions": "Domande? Scriva a",
}
_DUTCH: Final = {
    "ask_title": "Geen persberichten meer?",
    "ask_to": "Deze link kwam met een bericht aan",
    "ask_lead": "Er is nog niets veranderd: kies, en bevestig hieronder.",
    "legend": "Wat moet stoppen?",
    "everywhere": "Al onze berichten",
    "everywhere_means": "U hoort niets meer van ons.",
    "list": "Alleen deze lijst",
    "list_means": "De lijst waarmee dit bericht kwam. Staat u op een andere, dan blijven die berichten komen.",
    "reason": "Wilt u zeggen waarom?",
    "reason_means": "Dat hoeft niet. Het wordt door mensen gelezen.",
    "stop": "Geen berichten meer",
    "stop_all": "Helemaal geen berichten meer",
    "done": "U ontvangt geen berichten meer van ons",
    "done_list": "U ontvangt via deze lijst geen berichten meer",
    "done_for": "Dit geldt voor",
    "done_lead": "Het geldt vanaf nu. Een bericht dat al onderweg is, kan nog aankomen.",
    "undo": "Ongedaan maken",
    "undo_means": "Een vergissing? Dit kan hier een uur lang ongedaan worden gemaakt.",
    "undone": "U ontvangt onze berichten zoals voorheen",
    "undone_means": "Wat met deze link is gedaan, is ongedaan gemaakt.",
    "late": "Dit kan hier niet meer ongedaan worden gemaakt",
    "late_means": "Schrijf ons als u onze berichten weer wilt ontvangen.",
    "bad": "Deze link is niet volledig",
    "bad_means": "Open hem opnieuw vanuit het bericht, of kopieer hem helemaal. U kunt ook het bericht beantwoorden en "
    "vragen om van de lijst te worden gehaald.",
    "busy": "Dit lukte zojuist niet",
    "busy_means": "Er is niets veranderd. Probeer het over enkele minuten opnieuw, of beantwoord het bericht en vraag "
    "om van de lijst te worden gehaald.",
    "slow": "Te veel pogingen",
    "slow_means": "Wacht een minuut en probeer het opnieuw.",
    "questions": "Vragen? Schrijf naar",
}
LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": _ENGLISH,
    "de": _GERMAN,
    "fr": _FRENCH,
    "es": _SPANISH,
    "it": _ITALIAN,
    "nl": _DUTCH,
}
_DEFAULT: Final = "en"
_MOST_WISHES: Final = 20


def phrases_of(language: str) -> Mapping[str, str]:
    """Return the phrases of a language that `choose_language` gave."""
    return LANGUAGES[language.partition("-")[0]]


def choose_language(of_mail: str, accepted: str) -> str:
    """Return the language of a page: that of the mail, else what the browser likes best (RFC 9110 §12.5.4)."""
    for tag in (of_mail, *_by_wish(accepted)):
        short = tag.lower().partition("-")[0]
        if short in LANGUAGES:
            return short
    return _DEFAULT


def _by_wish(accepted: str) -> list[str]:
    wishes = []
    for each in accepted[:500].split(",")[:_MOST_WISHES]:
        tag, _, weight = each.partition(";")
        wishes.append((_weight(weight), tag.strip()))
    return [tag for weight, tag in sorted(wishes, key=lambda wish: -wish[0]) if weight > 0]


def _weight(text: str) -> float:
    name, _, number = text.replace(" ", "").partition("=")
    if name != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0
