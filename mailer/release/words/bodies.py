"""Bodies: what organisations, offices and their departments are called on the paper they write on.

Owns words by which a line of a letterhead is told from a headline; a German one may end a longer word. Who may be
rung is another table's matter (`organisation` of each language).
"""

from __future__ import annotations

import re

_WORDS = """
    trust alliance foundation institute university limited ltd inc llc plc corp corporation company council ministry
    agency office group association society centre center department union museum college school hospital network
    authority commission bureau partnership committee fund charity observatory laboratory aquarium bank partners
    theatre theater opera orchestra festival gallery library police constabulary court parliament assembly secretariat
    directorate division chamber federation diocese church county city town borough municipality government newsroom

    gmbh ag kg ohg e.v. ev

    fondation institut université société entreprise groupe association ministère préfecture mairie ville commune
    département région conseil direction service cabinet agence syndicat fédération confédération collectif comité
    centre chu hôpital musée théâtre opéra festival bibliothèque académie école lycée chambre tribunal cour sa sarl sas
    république secrétariat commissariat métropole

    fundación instituto universidad sociedad empresa grupo asociación ministerio ayuntamiento diputación gobierno
    consejería consejo secretaría gabinete dirección oficina agencia sindicato federación confederación colectivo
    comité centro hospital museo teatro ópera festival biblioteca academia escuela cámara tribunal audiencia junta
    departamento generalitat comunidad s.a. s.l.

    fondazione istituto università società azienda gruppo associazione ministero comune provincia regione giunta
    ufficio agenzia sindacato federazione confederazione comitato centro ospedale asl museo teatro opera festival
    biblioteca accademia scuola camera tribunale prefettura questura s.p.a. spa s.r.l. srl consorzio ente

    stichting instituut universiteit vereniging ministerie gemeente provincie agentschap vakbond federatie bond
    comité centrum ziekenhuis museum theater bibliotheek academie hogeschool school kamer rechtbank b.v. bv n.v. nv
    waterschap rijksdienst

    fundação instituto universidade sociedade empresa grupo associação ministério prefeitura câmara governo conselho
    secretaria gabinete direção agência sindicato federação confederação comitê centro hospital museu teatro
    biblioteca academia escola tribunal companhia ltda município assessoria
"""
_GERMAN = """
    stiftung verein verband universität hochschule institut ministerium gesellschaft genossenschaft werke kammer
    kanzlei stelle amt behörde gericht verwaltung regierung polizei inspektion präsidium museum theater oper
    bibliothek akademie schule klinikum krankenhaus bund gewerkschaft zentrum agentur dienst stadt gemeinde
    landkreis bistum kirche staatsanwaltschaft partei fraktion abteilung referat
"""
_COUNCIL = (  # «rat» ends names too: Murat, Serrat
    r"(?:stadt|gemeinde|land|kreis|bezirks|orts|bundes|staats|regierungs|verwaltungs|aufsichts|betriebs|personal|bei"
    r"|presse|fach|stiftungs|hochschul|wissenschafts|forschungs|ethik|kirchen|kantons|national|stände|rundfunk|jugend"
    r"|senioren|eltern|schul|europa|welt|sicherheits|wirtschafts|kultur|sozial|umwelt|verkehrs|tarif)?rat"
)
_BODY = re.compile(
    rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in sorted(set(_WORDS.split())))}"
    rf"|{_COUNCIL}|\w*(?:{'|'.join(_GERMAN.split())}))(?!\w)",
    re.IGNORECASE,
)


def names_body(text: str) -> bool:
    """Return whether one of the words for a body of people, or a part of one, is in a text."""
    return _BODY.search(text) is not None
