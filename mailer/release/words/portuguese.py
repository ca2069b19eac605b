"""Portuguese: what the parts of a release are called in it.

Gaps: terms that only Portugal or only Brazil uses.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

PORTUGUESE = Words(
    months=(
        ("janeiro", "jan"),
        ("fevereiro", "fev"),
        ("março", "marco"),
        ("abril", "abr"),
        ("maio",),
        ("junho", "jun"),
        ("julho", "jul"),
        ("agosto", "ago"),
        ("setembro", "set"),
        ("outubro", "out"),
        ("novembro", "nov"),
        ("dezembro", "dez"),
    ),
    weekdays=(
        *(("segunda-feira", "segunda"), ("terça-feira", "terca-feira", "terça"), ("quarta-feira", "quarta")),
        *(("quinta-feira", "quinta"), ("sexta-feira", "sexta"), ("sábado", "sabado"), ("domingo",)),
    ),
    immediate=(
        *("para divulgação imediata", "divulgação imediata", "para publicação imediata", "publicação imediata"),
        *("para difusão imediata", "para distribuição imediata", "difusão imediata", "sem embargo"),
    ),
    genre=(
        *("comunicado de imprensa", "nota à imprensa", "nota de imprensa", "comunicado à imprensa", "comunicado"),
        *("comunicados de imprensa", "aviso de pauta", "convite à imprensa", "nota oficial", "comunicado conjunto"),
        *("informação à imprensa", "press-release", "sugestão de pauta", "nota para imprensa", "aviso à imprensa"),
        *("assessoria de imprensa", "boletim de imprensa", "sala de imprensa", "notícia", "notícias"),
    ),
    date_label=(
        *("data", "publicado em", "publicado a", "data de publicação", "publicado", "publicada em", "atualizado em"),
    ),
    date_lead=("a", "em", "de", "aos", "dia"),
    embargo=(
        *("sob embargo até", "sob embargo", "embargo até", "embargado até", "embargada até", "embargado", "embargada"),
        *("embargo", "não publicar antes de", "não divulgar antes de", "não divulgar até", "não publicar até"),
        *("proibida a divulgação antes de", "proibida a publicação antes de", "informação sob embargo até"),
        *("notícia sob embargo até",),
    ),
    notes=(
        *("notas aos editores", "nota aos editores", "nota ao editor", "notas ao editor", "notas para editores"),
        *("nota para editores", "notas para os editores", "nota para os editores", "nota à redação", "notas à redação"),
        *("nota para a redação", "notas para a redação", "nota às redações", "notas às redações", "nota ao redator"),
        *("nota para jornalistas", "notas para jornalistas", "nota aos jornalistas", "notas aos jornalistas"),
        *("informações para editores", "informação para editores", "notas para as redações", "nota para as redações"),
        *("notas editoriais", "nota editorial", "notas do editor", "nota do editor", "notas", "notas para redações"),
    ),
    about=(
        *("sobre", "sobre o", "sobre a", "acerca de", "acerca da", "acerca do", "sobre os", "sobre as", "quem é"),
        *("a propósito de",),
    ),
    about_alone=("quem somos", "sobre nós", "perfil da empresa", "sobre", "a empresa", "boilerplate", "acerca de nós"),
    end=("fim", "- fim -", "fim do comunicado", "fim da nota"),
    call_to_action=(
        *(
            "vote",
            "inscreva-se",
            "inscreve-te",
            "registe-se",
            "registre-se",
            "cadastre-se",
            "assine",
            "siga-nos",
            "doe",
        ),
        *("faça uma doação", "junte-se", "participe", "as inscrições", "inscrições em", "inscrições pelo", "reserve"),
        *("descarregue", "baixe", "faça o download", "compre", "saiba mais", "apoie", "para se inscrever", "visite o"),
        *("confirme a sua presença", "subscreva", "garanta"),
    ),
    caption_label=(
        *("foto", "legenda", "imagem", "crédito", "créditos", "fotografia", "fotos", "legenda da foto", "divulgação"),
        *("crédito da foto", "créditos da foto", "na foto", "na imagem", "crédito da imagem", "foto de divulgação"),
    ),
    stop=(
        *("o", "os", "as", "da", "do", "e", "uma", "para", "com", "que", "em", "não", "na", "no", "um", "dos", "das"),
        *("pela", "pelo", "ao", "à", "são", "também", "mais", "foi", "sua", "seu", "nos", "nas", "está", "é", "por"),
        *("de", "a", "entre", "até", "já", "ser", "num", "numa", "às"),
    ),
)
