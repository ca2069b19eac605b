"""Iberian: the words of answers in Spanish and Portuguese, in the plain form, without accents.

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
«Baja» is leaving a list and sick leave alike; the second is refused. Brazilian and European forms are both there.
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_LIST_ES = (
    r"(?:list\w*|base\w*|boletin\w*|correos?|distribucion|envios?|contactos|newsletters?|mailings?"
    r"|directorio|registros?|suscripci\w+|destinatarios|agenda)"
)
_MAIL_ES = (
    r"(?:correos?|mails?|e-?mails?|mensajes?|envios?|spam|comunicados?|notas? de prensa|boletin\w*"
    "|publicidad|newsletters?|notas|informacion)"
)

SPANISH = Language(
    code="es",
    stems=(
        "baja|elimin|borr|quit|saqu|retir|remov|suprim|exclu|no |dej|basta|opongo|oposicion|suscri"
        "|subscri|consentimiento|olvido|cancel|anul|paren|nunca|tachen|stop"
    ),
    wishes=(
        (
            r"^(?=.{0,300}?\b(?:elimin|borr|quit|saqu|sac|retir|remuev|remov|suprim|exclu"
            r"|tach)\w*)(?=.{0,300}?\b(?:de|del)(?: [\w-]+){0,3}? "
            rf"{_LIST_ES}\b)(?=.{{0,300}}?(?:\b(?:me|nos|mi|mis|nuestr\w|esta direccion|este correo)\b"
            r"|\w(?:me|nos)\b|@))"
        ),
        (
            r"\b(?:dar(?:me|nos)?|den(?:me|nos)?|deme|danos|dame|dadme|dadnos|darse|solicit\w+|quier\w+"
            r"|pid\w+|dese\w+|ruego|rogamos|agradec\w+|favor|podri\w+|causar)\b.{0,50}?\b(?:de |la |mi "
            r"|nuestra )?baja\b(?! (?:medica|laboral|por|en|calidad|resolucion|maternal|paternal))"
        ),
        (
            r"\b(?:me|nos) d[aei]\w{0,5} (?:ya |por favor )?de baja\b|\bbaja (?:de|en) (?:la "
            "|su |esta |vuestra |tu )?(?:lista|newsletter|boletin|base|suscripcion)"
        ),
        (
            r"\b(?:elimin|borr|quit|saqu|sac|retir|remuev|remov|suprim|exclu|tach)\w*(?:me|nos|nme"
            rf"|nnos)\b.{{0,60}}?(?:{_LIST_ES}|\W*$)"
        ),
        (
            r"\b(?:elimin|borr|quit|saqu|sac|retir|remuev|remov|suprim|exclu|tach)\w* (?:por favor )?(?:mi"
            r"|mis|nuestr\w|este|esta|la|el|a)(?: \w+){0,3}? (?:direccion|correo|e-?mail|mail|contacto"
            rf"|nombre|[^\s@]+@[^\s@]+)?.{{0,20}}?\b(?:de|del)\b.{{0,20}}?{_LIST_ES}\b"
        ),
        (
            r"\b(?:me|nos) (?:elimin|borr|quit|saqu|sac|retir|suprim|exclu)\w+ (?:de|del)\b.{0,25}\b(?:list"
            "|base|boletin|mailing|envio|distribuc|contactos)"
        ),
        (
            r"\bno (?:me |nos )?(?:vuelv\w+ a |sig\w+ )?(?:envi\w+|mand\w+|escrib\w+|contact\w+"
            r"|molest\w+)\b.{0,40}\b(?:mas|nunca|correos de este tipo|este tipo)\b"
        ),
        r"\bno (?:me |nos )?(?:vuelv\w+ a) (?:envi|mand|escrib|contact)\w+",
        (
            r"\b(?:no|ya no)(?: \w+)? ?(?:dese\w+|quier\w+|quer\w+|interesa)\b.{0,25}\b(?:recib\w+"
            rf"|seguir recib\w+|mas {_MAIL_ES}|sus {_MAIL_ES}|estar en|figurar|que me (?:envi|escrib"
            r"|contact)\w+)"
        ),
        (
            r"\bdej\w* (?:ya )?de (?:envi|mand|escrib|contact|molest|spam)\w*|\bpar(?:en|e|ad) de (?:envi"
            r"|mand|escrib|molest)\w*"
        ),
        rf"(?:^|\bpor favor,? )(?:basta|no mas|ni un)(?: de)?(?: mas)? {_MAIL_ES}",
        (
            r"\b(?:me|nos) (?:opongo|oponemos)\b.{0,60}\b(?:tratamiento|datos|uso|envio)|\bderecho (?:de"
            r"|al?) (?:oposicion|supresion|cancelacion|olvido)\b"
        ),
        r"\b(?:elimin|borr|suprim|cancel)\w+\b.{0,30}\b(?:mis|nuestros) datos\b|\bretir\w+ (?:mi|el) consentimiento\b",
        (
            r"\b(?:cancel|anul)\w+ (?:mi|nuestra|la) (?:suscripcion|subscripcion)\b|\bdesuscri\w+(?:me"
            r"|nos)\b|\b(?:desuscribanme|desuscribeme|desuscribirme|desuscribir (?:este|mi))\b"
        ),
        r"\bcomo (?:puedo |me |podemos )?(?:darme|darnos|doy|dar) de baja(?: de (?:esta|su|la)(?: \w+)?)?\W*$",
    ),
    harmless=(
        r"\b(?:tasas?|enlace|boton|formulario|indice|numero|cifras?|pagina|datos) de (?:bajas?|cancelacion\w*)",
        (
            r"\bno (?:me |nos |quiero que me |quiero )?(?:elimin|borr|quit|saqu|den de baja|de de baja"
            r"|dar(?:me)? de baja|darse de baja|he dado de baja|retir)\w*(?: de la lista)?"
        ),
        (
            r"\b(?:lectores|clientes|usuarios|suscriptores|gente|muchos|ciudadanos|personas"
            r"|abonados)(?: \w+){0,5}? (?:se )?(?:dan|dieron|daran|dado|dar) de baja"
        ),
    ),
    refusals=(
        r"\b(?:leyenda|articulo|texto|titular|pie de foto|parrafo)\b(?!.{0,60}\b(?:lista|baja|17|21|rgpd))",
        (
            r"\blista (?:de|del) (?:invitados|espera|asistentes|participantes|ponentes|precios"
            r"|correo de invitados)\b|\bde baja (?:medica|laboral|por|maternal|hasta|desde)\b|\best(?:oy"
            r"|a) de baja\b"
        ),
        (
            r"\b(?:por error|vuelvan a incluir\w*|volver a|incluir\w*me|anad\w+"
            r"|por equivocacion)\b(?!.{0,40}(?:envi|escrib|mand|contact))"
        ),
        (
            r"\b(?:si (?:usted|no|ya|desea|quiere|prefiere)|para (?:darse|dejar|cancelar|no recibir|dar)"
            "|haga clic|haz clic|pulse|puede darse|usted recibe|ha recibido|clic aqui"
            r"|pinche)\b.{0,120}(?:desea|baja|clic|pulse|recib|cancel)"
        ),
        r"\b(?:foto\w*|imagen\w*|cita|parrafo|frase|logo)\b(?!.{0,60}\b(?:lista|baja))|\bno (?:he|hemos|ha) recibido\b",
    ),
    alone="baja desuscribir desuscribirme desuscripcion desuscribirse desuscribanme desuscribeme bajas",
    filler=(
        "por favor gracias hola buenos dias buenas tardes de la el su esta lista correo un saludo "
        "saludos cordial quiero deseo solicito darme dar me y mi a en boletin"
        " newsletter cancelar suscripcion atentamente muchas estimados senores direccion solicitud"
    ),
    absent=(
        (
            r"\b(?:estoy|estare|estamos|estaremos|me encuentro|me encontrare|estando"
            r"|nos encontramos)\b.{0,50}\b(?:fuera|de vacaciones|ausente|de viaje|de baja|de permiso"
            "|de descanso|ilocalizable|no disponible|sin acceso|en el extranjero)"
        ),
        (
            r"\b(?:no (?:estoy|estare|voy a estar|me encuentro)|no estaremos)\b.{0,30}\b(?:en (?:la"
            "|mi) (?:oficina|redaccion)|disponible|localizable|en la oficina)"
        ),
        r"\bnuestras? oficinas?\b.{0,40}\bcerrad|\bla redaccion\b.{0,30}\bcerrada",
    ),
    signs=(
        (
            r"\b(?:respondere|contestare|responderemos a la mayor)\b|\bpara cualquier (?:consulta|asunto"
            r"|cuestion|urgencia)\b"
        ),
        (
            r"\b(?:urgen\w+|en mi ausencia|durante mi ausencia|mientras tanto"
            r"|inaplazable)\b.{0,100}\b(?:contact\w*|escrib\w*|llam\w*|dirig\w*|pongase|ponerse|pueden|@)"
        ),
        r"\b(?:contact\w*|dirij\w*|pongase)\b.{0,80}\burgen\w+",
        (
            r"\b(?:a mi (?:regreso|vuelta)|cuando (?:regrese|vuelva)|en cuanto (?:regrese|vuelva)"
            r"|de vuelta el|regres\w+ el|me reincorpor\w+|mi regreso|volvere)\b"
        ),
        (
            r"\b(?:acceso limitado|sin acceso|no (?:tendre|tengo) acceso|acceso restringido|no (?:leere"
            r"|consultare|revisare))\b"
        ),
    ),
    automatic=(
        r"\b(?:respuesta|mensaje|correo|e-?mail)\b.{0,15}\bautomatic\w+|\bno responda a este\b|\bacuse de recibo\b",
        (
            r"\b(?:hemos recibido (?:su|tu)|ha sido recibid\w|gracias por contactar)\b.{0,100}\b(?:mensaje"
            r"|correo|consulta|solicitud|respond\w+|brevedad|noticias|nosotros)"
        ),
        (
            r"\b(?:responderemos|contestaremos|le atenderemos|nos pondremos en contacto"
            r"|respuesta)\b.{0,60}\b(?:brevedad|antes posible|pronto|plazo|horas)"
        ),
        r"\b(?:ticket|incidencia|caso|solicitud|referencia)\b.{0,12}(?:numero|n|#|no\.?)\W{0,3}\w*\d{3,}",
    ),
    left=(
        (
            r"\b(?:ya no (?:trabaj\w+|form\w+ parte|est\w+|colabor\w+|pertenec\w+)|no trabaj\w+ (?:ya|mas)"
            r"|he dejado de trabajar|ha dejado de trabajar|dejo de trabajar)\b.{0,50}"
        ),
        (
            r"\b(?:he|ha|hemos) (?:dejado|abandonado)\b.{0,20}\b(?:el (?:periodico|diario|medio|puesto"
            "|cargo|grupo|canal|trabajo)|la (?:redaccion|empresa|revista|radio|agencia|cadena|compania))"
        ),
        r"\b(?:me he|se ha|estoy|esta) jubilad\w|\bmi ultimo dia\b|\bhe cambiado de (?:trabajo|empresa|puesto|medio)",
    ),
    gone=(
        (
            r"\b(?:buzon|cuenta|direccion|correo|e-?mail)\b.{0,50}\b(?:ya no|dejara de|ha dejado de"
            r"|no (?:esta|se)|desactivad\w|cerrad\w|inactiv\w|dad\w de baja)\b(?! (?:envi|mand))"
        ),
    ),
    own=(
        r"\b(?:mi|nuestr[oa]) (?:direccion|correo|e-?mail) ha cambiado\b",
        (
            r"\b(?:mi|nuestra|nuestro) nuev[oa] (?:direccion|correo|e-?mail|mail)|\bnueva direccion\b"
            r"|\b(?:me pueden|pueden|puede|puedes) (?:encontrar|contactar|localizar"
            r"|escribir)\w*(?:me)?\b.{0,20}\b(?:en|a)\b|\bescrib\w+me a\b|\bcontact\w+me\b"
        ),
    ),
    instead=(
        (
            r"\b(?:a partir de ahora|en adelante|en lo sucesivo|en el futuro|desde ahora|futur[ao]s"
            r"|en su lugar)\b.{0,80}\b(?:envi\w+|dirij\w+|escrib\w+|contact\w+|a |@)"
        ),
        (
            r"\b(?:envi\w+|dirij\w+|escrib\w+|contact\w+|remit\w+)\b.{0,80}\b(?:a partir de ahora"
            r"|en adelante|en lo sucesivo|en el futuro|futur[ao]s|en su lugar)\b"
        ),
        r"\b(?:mi (?:sucesor\w*|sustitut\w)|me sustituye|ocupa mi)\b",
    ),
)

_LIST_PT = (
    r"(?:list\w*|mailings?|newsletters?|bases? de dados|base|cadastro|distribuicao|envios|contat\w+"
    r"|contact\w+|registros|registos|banco de dados|destinatarios)"
)
_MAIL_PT = r"(?:e-?mails?|mails?|mensagens|mensagem|spam|comunicados?|releases?|newsletters?|publicidade|envios)"

PORTUGUESE = Language(
    code="pt",
    stems=(
        "descadastr|remov|retir|exclu|elimin|apag|tir|cancel|nao |par|deix|oponho|oposicao|subscri"
        "|inscri|consentimento|esquecimento|anul|assinatura|chega|desinscri|nunca"
    ),
    wishes=(
        (
            r"^(?=.{0,300}?\b(?:remov|retir|exclu|elimin|apag|tir|descadastr"
            r"|cancel)\w*)(?=.{0,300}?\b(?:de|da|do|desta|dessa|deste|das"
            rf"|dos)(?: [\w-]+){{0,3}}? {_LIST_PT}\b)(?=.{{0,300}}?(?:\b(?:me|nos|meu|minha|nosso|nossa"
            r"|este (?:e-?mail|endereco))\b|-(?:me|nos)\b|@))"
        ),
        r"\b(?:deixem?|deixar|parem?|parar|cess\w+)\b.{0,20}\b(?:de|o)\b.{0,15}\b(?:envi\w+|mand\w+|contact?\w+)\b",
        r"\bdescadastr(?:e|em|ar|a)(?:[- ]?(?:me|nos))?\b.{0,40}(?:e-?mail|lista|mailing|me\b|endereco|meu|nosso|\W*$)",
        rf"\b(?:remov|retir|exclu|elimin|apag|tir)\w*[- ](?:me|nos)\b.{{0,60}}?(?:{_LIST_PT}|\W*$)",
        rf"\b(?:me|nos) (?:remov|retir|exclu|elimin|apag|tir|descadastr)\w+\b.{{0,60}}?(?:{_LIST_PT}|\W*$)",
        (
            r"\b(?:remov|retir|exclu|elimin|apag|tir)\w* (?:por favor )?(?:o |a )?(?:meu|minha|nosso|nossa"
            rf"|este|esse|esta)(?: \w+){{0,3}}?(?: (?:de|da|do|desta|dessa|deste)\b.{{0,25}}?{_LIST_PT}\b"
            r"|\W*$)"
        ),
        (
            r"\bnao (?:quer\w+|desej\w+|pretend\w+|gostari\w+|tenho interesse em)\b(?: \w+){0,3}? "
            r"(?:receber|ser contact?ad\w|estar na|constar|mais (?:e-?mails|mensagens|releases))"
        ),
        (
            r"\b(?:nao|favor nao|por favor nao) (?:me |nos )?(?:volt\w+ a )?(?:envi\w+|mand\w+|escrev\w+"
            r"|contact?\w+|incomod\w+)(?:-me|-nos)?\b.{0,40}\bmais\b"
        ),
        r"\b(?:par(?:e|em)|deix(?:e|em)) de (?:me |nos )?(?:envi|mand|escrev|contact|contat|incomod|spam)\w*",
        rf"(?:^|\bpor favor,? )(?:chega|basta|sem mais|nao mais)(?: de)?(?: mais)? {_MAIL_PT}",
        (
            r"\b(?:cancel|anul)\w+ (?:a |o )?(?:minha |nossa |meu )?(?:subscricao|inscricao|assinatura"
            r"|cadastro|recebimento)\b"
        ),
        (
            r"\b(?:oponho-me|me oponho|opomo-nos)\b.{0,60}\b(?:tratamento|dados|uso|utilizacao)"
            r"|\bdireito (?:de|ao?) (?:oposicao|esquecimento|eliminacao|apagamento)\b"
        ),
        (
            r"\b(?:apag|elimin|exclu|remov)\w+\b.{0,20}\b(?:os )?(?:meus|nossos) dados\b|\b(?:retir"
            r"|revog)\w+ o (?:meu )?consentimento\b"
        ),
        (
            r"\b(?:quero|gostaria de|desejo|solicito|pretendo|como (?:posso"
            r"|faco para))(?: \w+){0,2} (?:ser (?:removid|retirad|excluid)\w|descadastr\w+"
            "|cancelar a subscricao|(?:me )?desinscrever|sair (?:da|desta|dessa) (?:lista|mailing))"
        ),
    ),
    harmless=(
        r"\b(?:taxas?|link|botao|indice|numero|formulario) de (?:descadastr\w+|cancelamento\w*|saida|desinscricao)",
        (
            r"\bnao (?:me |nos |quero que me |quero )?(?:remov|retir|exclu|elimin|apag|tir|descadastr"
            r"|cancel)\w*(?:-me|-nos)?(?: da lista)?"
        ),
    ),
    refusals=(
        r"\b(?:legenda|artigo|texto|titulo|assinatura da foto)\b(?!.{0,60}\b(?:lista|mailing|17|21|rgpd))",
        r"\blista (?:de|dos|das) (?:convidados|espera|participantes|presenca|oradores|palestrantes|precos)\b",
        r"\b(?:por engano|por erro|inclu\w+ (?:me )?novamente|de volta|adicion\w+|acrescent\w+)\b",
        (
            r"\b(?:caso (?:nao|deseje|queira)|se (?:nao|deseja|quiser|voce|preferir)|para (?:cancelar"
            "|descadastrar|sair|deixar|nao receber)|clique|voce (?:recebeu|esta recebendo|pode)"
            r"|carregue aqui)\b"
        ),
        (
            r"\b(?:fotos?|imagem|imagens|fotografias?|citac\w+|paragrafo|frase"
            r"|logotipo)\b(?!.{0,60}\b(?:lista|mailing))|\bnao (?:recebi|recebemos)\b"
        ),
    ),
    alone="descadastrar descadastro descadastrem descadastre descadastramento desinscrever desinscricao remover",
    filler=(
        "por favor obrigado obrigada ola bom dia boa tarde de da do lista meu e-mail email me quero "
        "gostaria cancelar subscricao inscricao cumprimentos att atenciosamente"
        " solicito a o este desta mailing newsletter favor"
    ),
    absent=(
        (
            r"\b(?:estou|estarei|estamos|estaremos|encontro-me|encontrar-me-ei"
            r"|me encontro)\b.{0,50}\b(?:fora|de ferias|em ferias|ausente|em viagem|de licenca|em licenca"
            "|de baixa|indisponivel|sem acesso|de folga)"
        ),
        r"\bnao (?:estou|estarei)\b.{0,30}\b(?:no escritorio|na redacao|disponivel|contactavel)",
        r"\b(?:o nosso escritorio|a redacao|nosso escritorio)\b.{0,40}\b(?:fechad|encerrad)",
    ),
    signs=(
        r"\bresponderei\b|\bpara qualquer (?:assunto|questao|urgencia)\b",
        (
            r"\b(?:urgen\w+|na minha ausencia|durante a minha ausencia|entretanto"
            r"|enquanto isso)\b.{0,100}\b(?:contact\w*|contat\w*|escrev\w*|lig\w*|fal\w*|dirij\w*|@)"
        ),
        r"\b(?:contact\w*|contat\w*)\b.{0,80}\burgen\w+",
        (
            r"\b(?:no meu (?:regresso|retorno)|quando (?:regressar|voltar|retornar)|assim que (?:regressar"
            "|voltar|retornar)|de volta (?:em|no|a|ao|dia)|regresso (?:a|no|dia)|meu retorno"
            r"|retorno (?:dia|em))\b"
        ),
        r"\b(?:acesso limitado|sem acesso|nao terei acesso|acesso restrito)\b",
    ),
    automatic=(
        r"\b(?:resposta|mensagem|e-?mail)\b.{0,15}\bautomatic\w+|\bnao responda a est[ea]\b",
        (
            r"\b(?:recebemos (?:a sua|o seu|sua|seu)|foi recebid\w|obrigad\w por (?:contactar"
            r"|entrar em contat\w))\b.{0,100}\b(?:mensagem|e-?mail|contacto|contato|pedido|respond\w+"
            "|breve)"
        ),
        r"\b(?:responderemos|retornaremos|entraremos em contact?o)\b.{0,60}\b(?:breve|possivel|prazo|horas)",
        r"\b(?:ticket|chamado|pedido|protocolo|caso)\b.{0,12}(?:numero|n|#|no\.?)\W{0,3}\w*\d{3,}",
    ),
    left=(
        (
            r"\b(?:ja nao (?:trabalh\w+|faco parte|colabor\w+|esta|integr\w+)|nao (?:trabalh\w+|faco parte"
            r"|faz parte|esta) mais|deixei de trabalhar|deixou de trabalhar)\b"
        ),
        (
            r"\b(?:deixei|sai d|saiu d|deixou)\w?\b.{0,15}\b(?:o jornal|a redacao|a empresa|a revista"
            r"|jornal|empresa|redacao|revista|cargo|o cargo|tv|radio)\b"
        ),
        r"\b(?:me aposentei|aposentei-me|reformei-me|se aposentou|estou aposentad\w)\b|\bmeu ultimo dia\b",
    ),
    gone=(
        (
            r"\b(?:caixa|conta|endereco|e-?mail|correio)\b.{0,50}\b(?:ja nao|nao (?:esta|e|sera) mais"
            r"|deixou de|desativad\w|desactivad\w|encerrad\w|inativ\w)\b"
        ),
    ),
    own=(
        (
            r"\b(?:meu|nosso|minha) nov[oa] (?:e-?mail|endereco|correio|mail|contacto|contato)"
            r"|\bnovo (?:e-?mail|endereco)\b|\b(?:podem|pode|passo a) (?:me )?(?:contact\w+|encontrar"
            r"|escrever)\b|\bescrev\w+-?(?: )?me (?:para|a)\b"
        ),
    ),
    instead=(
        (
            r"\b(?:a partir de agora|doravante|no futuro|de agora em diante|futur[ao]s"
            r"|em vez disso)\b.{0,80}\b(?:envi\w+|encaminh\w+|escrev\w+|contact\w+|contat\w+|para|@)"
        ),
        (
            r"\b(?:envi\w+|encaminh\w+|escrev\w+|contact\w+|contat\w+)\b.{0,80}\b(?:a partir de agora"
            r"|doravante|no futuro|de agora em diante|futur[ao]s)\b"
        ),
        r"\b(?:meu substituto|minha substituta|me substitui|meu sucessor)\b",
    ),
)
