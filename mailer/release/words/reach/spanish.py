"""Spanish: whom to ring, and the words around it.

Gaps: terms that only one country of Latin America uses.
"""

from __future__ import annotations

from mailer.release.words.reach.shape import ReachWords

SPANISH = ReachWords(
    core=(
        *("contacto", "contactos", "contacto de prensa", "contacto para prensa", "contactos de prensa"),
        *("contacto prensa", "contacto para medios", "contacto de medios", "contacto con los medios", "contactar"),
        *("contacte", "contactar con", "contacten", "contáctenos", "póngase en contacto con"),
        *("ponerse en contacto con", "póngase en contacto", "ponerse en contacto", "dirigirse a", "diríjase a"),
        *("dirigirse", "gabinete de prensa", "oficina de prensa", "departamento de prensa", "atención a medios"),
        *("atención a la prensa", "atención a los medios", "consultas", "consultas de prensa"),
        *("solicitudes de entrevista", "solicitudes de entrevistas", "entrevistas con", "persona de contacto"),
        *("datos de contacto", "comunicarse con", "comuníquese con", "comunicarse", "vocería", "portavocía"),
        *("solicitudes", "interesados", "relaciones con los medios", "responsable de prensa", "jefa de prensa"),
        *("jefe de prensa",),
    ),
    ask=(
        *("acreditarse", "acreditarse en", "llamar", "llame a", "llame", "llamar a", "escribir a", "escriba a"),
        *("escribir", "escriba", "petición a", "solicitándolo a"),
    ),
    press=(
        *("prensa", "medios", "medio", "periodistas", "periodista", "comunicación", "difusión"),
        *("medios de comunicación",),
        *("entrevistas", "entrevista", "comunicaciones", "redacciones", "redacción", "acreditaciones"),
        *("acreditación", "relaciones públicas", "rrpp"),
    ),
    info=("información", "informaciones", "informes", "detalles", "preguntas", "dudas"),
    around=(
        *("imágenes", "fotografías", "para", "más", "mas", "mayor", "información", "informaciones", "informes"),
        *("detalles", "adicional", "ampliar", "de", "del", "la", "el", "los", "las", "con", "en", "a", "al", "y"),
        *("o", "e", "por", "favor", "por favor", "se", "puede", "pueden", "su", "sus", "toda", "todas", "todos"),
        *("cualquier", "consulta", "duda", "dudas", "preguntas", "solicitar", "solicitud", "concertar", "gestionar"),
        *("nota", "comunicado", "este", "esta", "exclusivo", "exclusivamente", "solo", "general", "nacional"),
        *("internacional", "agencia", "técnico", "científico", "atención", "responsable", "equipo", "departamento"),
        *("sobre", "obtener", "organizar", "material", "gráfico", "directo", "nuestro", "nuestra", "no dude", "dude"),
        *("uso", "que", "deseen", "desean", "interesados", "interesadas", "gestión", "relacionadas", "relacionada"),
        *("una", "un", "peticiones", "empresa"),
    ),
    glue=(
        *("y", "o", "e", "u", "en", "en el", "al", "a", "por", "con", "el", "la", "de", "del", "a través de"),
        *("a través del", "mediante", "bien"),
    ),
    phone=(
        *("teléfono", "telefono", "tel", "tlf", "tfno", "telf", "tlfno", "tfn", "tf", "tels", "teléfonos"),
        *(
            "número de teléfono",
            "t",
            "fijo",
            "teléfono fijo",
            "teléfono de contacto",
            "tlfn",
            "tel. y fax",
            "tel y fax",
        ),
    ),
    phone_kind=(
        *("móvil", "movil", "teléfono móvil", "celular", "cel", "cell", "centralita", "extensión"),
        *("fuera de horario", "fuera del horario de oficina", "guardia", "teléfono de guardia", "m", "whatsapp"),
        *("línea directa", "conmutador", "fines de semana", "fin de semana", "móv", "mov", "tel. móvil"),
    ),
    phone_place=("oficina", "directo", "despacho"),
    email=(
        *("correo electrónico", "correo", "e-mail", "email", "mail", "correo-e", "e", "correo electronico"),
        *("dirección de correo", "c.e"),
    ),
    web=("web", "página web", "sitio web", "www", "internet", "w", "sitio"),
    fax=("fax", "f"),
    name_label=(
        *("contacto", "nombre", "contacto de prensa", "contacto prensa", "a la atención de", "atn"),
        *("persona de contacto", "att", "responsable", "prensa", "jefa de prensa", "jefe de prensa"),
    ),
    field_label=(
        *("cargo", "empresa", "entidad", "organización", "dirección", "ciudad", "puesto", "apellidos", "horario"),
        *("institución",),
    ),
    post=(
        *("director", "directora", "directora general", "director general", "jefe", "jefa", "jefe de prensa"),
        *("jefa de prensa", "responsable", "responsable de prensa", "responsable de comunicación", "coordinador"),
        *("coordinadora", "gerente", "presidente", "presidenta", "vicepresidente", "vicepresidenta", "portavoz"),
        *("vocero", "vocera", "secretario", "secretaria", "técnico", "técnica", "asesor", "asesora", "consultor"),
        *("consultora", "encargado", "encargada", "investigador", "investigadora", "profesor", "profesora"),
        *("catedrático", "catedrática", "alcalde", "alcaldesa", "concejal", "concejala", "ministro", "ministra"),
        *("fundador", "fundadora", "comisario", "comisaria", "comunicación", "comunicaciones"),
        *("relaciones con los medios", "relaciones públicas", "gabinete de prensa", "subdirector", "subdirectora"),
        *("delegado", "delegada", "ejecutivo", "ejecutiva", "community manager", "periodista", "gestor", "gestora"),
        *("redactor", "redactora", "especialista", "socio", "socia", "ejecutiva de cuentas", "ejecutivo de cuentas"),
    ),
    firm=(
        *("fundación", "asociación", "empresa", "agencia", "instituto", "universidad", "ayuntamiento", "gobierno"),
        *("ministerio", "consejería", "departamento", "gabinete", "gabinete de prensa", "gabinete de comunicación"),
        *("oficina", "oficina de prensa", "dirección", "consejo", "comité", "centro", "museo", "teatro", "hospital"),
        *(
            "grupo",
            "almacenes",
            "supermercados",
            "servicio",
            "federación",
            "sindicato",
            "unión",
            "cámara",
            "banco",
            "colegio",
            "escuela",
        ),
        *("facultad", "red", "observatorio", "laboratorio", "sociedad", "compañía", "sa", "sl", "slu", "s.a", "s.l"),
        *("s.a. de c.v", "csic", "festival", "editorial", "parque", "biblioteca", "orquesta", "diputación", "junta"),
        *("generalitat", "cabildo", "comunidad", "prensa", "medios", "comunicación", "corporación", "organización"),
        *("cooperativa", "alianza", "plataforma", "coordinadora", "secretaría", "municipalidad", "alcaldía"),
        *("intendencia", "acuario", "zoo", "aeropuerto", "hotel", "bodegas", "galería", "casa", "club", "policía"),
        *("academia", "programa", "área", "unidad", "confederación", "liga", "partido", "delegación"),
        *("consorcio", "mancomunidad", "cofradía", "bodega", "puerto", "hermanos", "aguas", "metro"),
        *("archivo", "guardia", "bomberos", "ferrocarriles"),
    ),
    honorific=(
        *("sr", "sra", "srta", "d", "dª", "dña", "don", "doña", "dr", "dra", "lic", "licda", "ing", "prof", "arq"),
        *("mtro", "mtra", "ldo", "lda"),
    ),
    street=(
        *("calle", "c/", "avenida", "avda", "av", "plaza", "paseo", "camino", "carretera", "apartado"),
        *("código postal", "cp", "c.p", "piso", "planta", "edificio", "ronda", "españa", "méxico", "argentina"),
        *("chile", "colombia", "perú", "colonia", "barrio", "glorieta"),
    ),
    other=(
        *("donar", "donaciones", "donativos", "dona", "entradas", "taquilla", "venta de entradas", "reservas"),
        *("reservar", "atención al cliente", "clientes", "cliente", "línea gratuita", "teléfono gratuito"),
        *("darse de baja", "baja de la lista", "cancelar suscripción", "dejar de recibir", "cancelar la suscripción"),
        *("suscripción", "lista de distribución", "testigos", "colaboración ciudadana", "ciudadanos", "ciudadanía"),
        *("vecinos", "protección de datos", "inscripción", "inscripciones", "inscribirse", "público general"),
        *("público en general", "emergencias", "emergencia", "pacientes", "padres", "familias", "usuarios"),
        *("viajeros", "pedidos", "visitantes", "visitas", "matrícula", "candidaturas", "voluntariado"),
        *("cualquier persona", "oficina de turismo", "información turística"),
    ),
)
