"""Portuguese: whom to ring, and the words around it.

Gaps: terms that only one of Portugal and Brazil uses are mixed.
"""

from __future__ import annotations

from mailer.release.words.reach.shape import ReachWords

PORTUGUESE = ReachWords(
    core=(
        *("contacto", "contactos", "contato", "contatos", "contacto de imprensa", "contactos de imprensa"),
        *("contacto para imprensa", "contactos para imprensa", "contato de imprensa", "contato para imprensa"),
        *("contatos para imprensa", "contacto imprensa", "contato imprensa", "assessoria de imprensa"),
        *("assessoria de comunicação", "gabinete de imprensa", "gabinete de comunicação", "contactar", "contatar"),
        *("contacte", "contate", "entrar em contato com", "entre em contato com", "entrar em contacto com"),
        *("entre em contacto com", "entre em contato", "entrar em contato", "entre em contacto"),
        *("atendimento à imprensa", "atendimento a jornalistas", "pedidos de entrevista", "pedidos de entrevistas"),
        *("solicitações de entrevista", "solicitações de entrevistas", "pessoa de contacto", "pessoa de contato"),
        *("dirigir-se a", "informações à imprensa", "informações para a imprensa", "informações para imprensa"),
        *("assessor de imprensa", "assessora de imprensa", "relações com a imprensa", "pedidos", "solicitações"),
        *("contactos para a comunicação social",),
    ),
    ask=("credenciar-se", "acreditar-se", "ligar para", "ligue para", "ligue", "escrever para", "escreva para"),
    press=(
        *("imprensa", "mídia", "media", "meios", "comunicação social", "comunicação", "jornalistas", "jornalista"),
        *("redações", "redação", "entrevistas", "entrevista", "credenciamento", "acreditação", "acreditações"),
        *("relações públicas", "relações com a mídia"),
    ),
    info=("informações", "informação", "detalhes", "esclarecimentos", "dúvidas"),
    around=(
        *("imagens", "fotografias", "para", "mais", "outras", "demais", "informação", "informações", "detalhes"),
        *("esclarecimentos", "adicionais", "complementares", "de", "do", "da", "dos", "das", "com", "em", "a", "à"),
        *("o", "os", "as", "ao", "aos", "e", "ou", "por", "favor", "por favor", "queira", "pode", "podem", "toda"),
        *("todas", "todos", "qualquer", "dúvida", "dúvidas", "questões", "perguntas", "pedido", "solicitação"),
        *("agendar", "marcar", "nota", "comunicado", "este", "esta", "exclusivo", "exclusivamente", "só", "geral"),
        *("gerais", "nacional", "internacional", "agência", "técnico", "científico", "responsável", "equipe"),
        *("equipa", "departamento", "sobre", "obter", "material", "nosso", "nossa", "através", "pelo", "pela"),
        *("junto", "na", "no", "se", "deve", "devem", "interessados", "uma", "um", "uso", "não hesite", "hesite"),
    ),
    glue=(
        *("e", "ou", "no", "na", "pelo", "pela", "pelos", "através", "através do", "por", "ao", "à", "a", "o", "de"),
        *("do", "da", "com", "para", "em"),
    ),
    phone=(
        *("telefone", "telefones", "tel", "tels", "t", "fone", "telef", "tlf", "número de telefone", "telefone fixo"),
        *("fixo", "contacto telefónico", "contato telefônico"),
    ),
    phone_kind=(
        *("telemóvel", "telemovel", "telm", "tlm", "tm", "celular", "cel", "móvel", "movel", "central", "ramal"),
        *("extensão", "fora de horas", "fora do horário", "fora do expediente", "plantão", "fim de semana"),
        *("fins de semana", "m", "whatsapp", "linha direta", "linha directa", "zap"),
    ),
    phone_place=("escritório", "direto", "directo", "gabinete", "trabalho"),
    email=(
        *("e-mail", "email", "mail", "correio eletrónico", "correio electrónico", "correio eletrônico", "e"),
        *("endereço eletrónico", "endereço de e-mail"),
    ),
    web=("site", "website", "web", "página", "internet", "www", "w", "sítio", "portal"),
    fax=("fax", "f"),
    name_label=(
        *("contacto", "contato", "nome", "assessoria de imprensa", "a/c", "à atenção de", "assessor de imprensa"),
        *("assessora de imprensa", "responsável", "pessoa de contacto", "imprensa"),
    ),
    field_label=(
        *("função", "cargo", "empresa", "entidade", "morada", "endereço", "organização", "cidade", "horário"),
        *("instituição",),
    ),
    post=(
        *("diretor", "diretora", "director", "directora", "diretor-geral", "diretora-geral", "diretor executivo"),
        *("diretora executiva", "chefe", "responsável", "assessor", "assessora", "assessor de imprensa"),
        *("assessora de imprensa", "coordenador", "coordenadora", "gerente", "presidente", "vice-presidente"),
        *("porta-voz", "secretário", "secretária", "técnico", "técnica", "consultor", "consultora", "analista"),
        *("investigador", "investigadora", "pesquisador", "pesquisadora", "professor", "professora", "vereador"),
        *("vereadora", "autarca", "prefeito", "prefeita", "ministro", "ministra", "fundador", "fundadora", "curador"),
        *("curadora", "comunicação", "relações públicas", "relações com a imprensa", "jornalista", "gestor"),
        *("gestora", "administrador", "administradora", "adjunto", "adjunta", "delegado", "delegada", "especialista"),
        *("sócio", "sócia", "encarregado", "encarregada", "atendimento"),
    ),
    firm=(
        *("fundação", "associação", "empresa", "agência", "instituto", "universidade", "câmara", "câmara municipal"),
        *("município", "governo", "ministério", "secretaria", "prefeitura", "departamento", "gabinete", "direção"),
        *("direcção", "conselho", "comité", "comitê", "centro", "museu", "teatro", "hospital", "grupo", "serviço"),
        *("serviços", "federação", "sindicato", "união", "banco", "escola", "faculdade", "rede", "observatório"),
        *("laboratório", "sociedade", "companhia", "sa", "lda", "ltda", "s.a", "festival", "editora", "parque"),
        *("biblioteca", "orquestra", "imprensa", "comunicação", "assessoria", "assessoria de imprensa"),
        *("confederação", "organização", "cooperativa", "aliança", "plataforma", "junta", "polícia", "aquário"),
        *("aeroporto", "hotel", "adega", "galeria", "casa", "clube", "academia", "programa", "área", "unidade"),
        *("coordenação", "oceanário", "ong", "entidade", "consultoria", "partido", "autoridade"),
        *("consórcio", "porto", "ordem", "águas", "bombeiros", "ferrovias", "cervejaria", "padaria"),
        *("guarda",),
    ),
    honorific=(
        *("sr", "sra", "srta", "dr", "dra", "eng", "enga", "eng.º", "prof", "profa", "prof.ª", "d", "dona", "exmo"),
        *("arq",),
    ),
    street=(
        *("rua", "avenida", "av", "praça", "largo", "travessa", "estrada", "apartado", "cep", "código postal"),
        *("andar", "edifício", "alameda", "portugal", "brasil", "calçada", "quinta", "bairro", "rodovia"),
    ),
    other=(
        *("doar", "doações", "donativos", "doação", "bilhetes", "bilheteira", "bilheteria", "ingressos", "reservas"),
        *("reservar", "apoio ao cliente", "atendimento ao cliente", "clientes", "cliente", "sac", "linha de apoio"),
        *("linha gratuita", "cancelar a subscrição", "cancelar inscrição", "descadastrar", "remover"),
        *("deixar de receber", "lista de distribuição", "testemunhas", "disque denúncia", "denúncias"),
        *("qualquer pessoa", "cidadãos", "moradores", "munícipes", "proteção de dados", "inscrições", "inscrição"),
        *("público em geral", "público geral", "emergência", "emergências", "pacientes", "pais", "utentes"),
        *("passageiros", "viajantes", "encomendas", "visitantes", "candidaturas", "voluntários", "assinaturas"),
        *("posto de turismo",),
    ),
)
