"""Spanish: what the parts of a release are called in it.

Gaps: terms that only one country of Latin America uses.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

SPANISH = Words(
    months=(
        ("enero", "ene"),
        ("febrero", "feb"),
        ("marzo",),
        ("abril", "abr"),
        ("mayo",),
        ("junio",),
        ("julio",),
        ("agosto", "ago"),
        ("septiembre", "setiembre", "sept"),
        ("octubre", "oct"),
        ("noviembre", "nov"),
        ("diciembre", "dic"),
    ),
    weekdays=(
        *(("lunes", "lun"), ("martes", "mar"), ("miércoles", "miercoles", "mié"), ("jueves", "jue")),
        *(("viernes", "vie"), ("sábado", "sabado", "sáb"), ("domingo", "dom")),
    ),
    immediate=(
        *("para difusión inmediata", "para publicación inmediata", "difusión inmediata", "publicación inmediata"),
        *("para su difusión inmediata", "para su publicación inmediata", "para distribución inmediata"),
        *("para divulgación inmediata", "para difusion inmediata", "para publicacion inmediata"),
    ),
    genre=(
        *("nota de prensa", "comunicado de prensa", "comunicado", "boletín de prensa", "gabinete de prensa"),
        *("nota informativa", "comunicado conjunto", "convocatoria de prensa", "convocatoria", "notas de prensa"),
        *("aviso a los medios", "boletín", "comunicados de prensa", "convocatoria de medios", "boletín informativo"),
        *("invitación a los medios", "declaración", "comunicado oficial", "sala de prensa", "dossier de prensa"),
        *("aviso de prensa", "noticia", "noticias", "gacetilla de prensa", "información de prensa"),
    ),
    date_label=(
        *(
            "fecha",
            "publicado el",
            "fecha de publicación",
            "publicado",
            "fecha de emisión",
            "a fecha de",
            "actualizado el",
        ),
    ),
    date_lead=("a", "el", "día", "de"),
    embargo=(
        *("embargo hasta", "embargado hasta", "embargada hasta", "bajo embargo hasta", "bajo embargo", "embargo"),
        *("embargado", "embargada", "no publicar antes del", "no difundir antes del", "no publicar hasta"),
        *("no difundir hasta", "embargo informativo hasta", "información embargada hasta", "noticia embargada hasta"),
        *("prohibida su difusión hasta", "prohibida su publicación hasta", "contenido embargado hasta"),
    ),
    notes=(
        *(
            "notas para el editor",
            "nota para el editor",
            "notas para editores",
            "nota para editores",
            "notas al editor",
        ),
        *("nota al editor", "notas a los editores", "nota a los editores", "nota para los editores"),
        *("notas para los editores", "notas a la redacción", "nota a la redacción", "notas para la redacción"),
        *("nota para la redacción", "nota para redacciones", "notas para redacciones", "nota a las redacciones"),
        *("notas a las redacciones", "nota para periodistas", "notas para periodistas", "nota a los periodistas"),
        *("notas para los periodistas", "nota para los medios", "notas para los medios", "nota a los medios"),
        *("información para editores", "nota editorial", "notas editoriales", "notas de edición", "notas del editor"),
        *(
            "nota para las redacciones",
            "notas para las redacciones",
            "notas para medios",
            "información para redactores",
        ),
        *("nota del editor", "notas", "notas a editores", "nota a editores", "notas a pie de página"),
    ),
    about=("acerca de", "acerca del", "sobre", "sobre el", "sobre la", "quién es", "quiénes son"),
    about_alone=(
        *(
            "quiénes somos",
            "quienes somos",
            "sobre nosotros",
            "acerca de nosotros",
            "perfil de la empresa",
            "acerca de",
        ),
        *("perfil corporativo", "la empresa", "sobre nosotras", "boilerplate"),
    ),
    end=("fin", "- fin -", "fin del comunicado", "fin de la nota", "fin de la nota de prensa"),
    call_to_action=(
        *(
            "vote",
            "vota",
            "suscríbase",
            "suscríbete",
            "regístrese",
            "regístrate",
            "inscríbase",
            "inscríbete",
            "síganos",
            "síguenos",
        ),
        *("done", "dona", "haga su donación", "únase", "únete", "para inscribirse", "para registrarse", "descargue"),
        *("inscripciones en", "inscripción en", "compre", "compra tus entradas", "entradas disponibles", "reserve"),
        *(
            "reserva",
            "firma",
            "firme",
            "participe",
            "participa",
            "se ruega confirmar",
            "visite nuestra",
            "visita nuestra",
        ),
        *("descarga", "conoce más", "para reservar", "colabora", "colabore"),
    ),
    caption_label=(
        *("foto", "pie de foto", "imagen", "fotografía", "crédito", "créditos", "fotos", "leyenda", "pie de imagen"),
        *("crédito de la foto", "créditos de la foto", "en la foto", "en la imagen", "crédito de la imagen"),
        *("autor de la foto", "autoría de la foto"),
    ),
    stop=(
        *("el", "los", "las", "y", "del", "una", "es", "en", "para", "que", "con", "por", "su", "al", "la", "de", "un"),
        *("se", "lo", "como", "más", "este", "esta", "sus", "ha", "han", "son", "también", "sobre", "entre", "desde"),
        *("nuestra", "nuestro", "muy", "está"),
    ),
)
