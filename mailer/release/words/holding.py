"""Holding: the words of a sentence that holds a release back, beside those of `hold_…` in each language.

Owns what may stand in «Please note that all information in this release is strictly embargoed until …» and its like
in any language: a word that is none of these («the council», «on tea») says that the sentence is about something else.
Japanese, whose words nothing parts, has its signs in `head.held_words`.
"""

from __future__ import annotations

# articles, prepositions, auxiliaries
_SMALL = """
    a an the this these that those it its we you us your our is are be been may must should shall can could will not
    and or nor in of on for to at from by as with any all until till before after time date day form part whole only
    here hereby within under no do does don't contained herein prior than earlier either every everything nothing has
    have s t hrs hours o'clock

    le la les l un une des du de d ce cet cette ces est sont été être doit doivent peut peuvent ne pas ni et ou à a au
    aux en sur par pour que qu il elle vous nous votre notre vos nos tout toute toutes tous rien jusqu jusque avant
    après dès partir compter heure date jour présent présente présents ci joint dans contenu contenue contenues fixé
    fixée prend fin aucun aucune avoir son sa ses si sous s n soit

    der die das den dem des ein eine einer einem eines dieser diese dieses diesem diesen ist sind darf dürfen muss
    müssen soll sollen kann können wird werden worden sein nicht und oder zu zum zur im in am an auf für von vom bis
    vor ab nach erst es sie wir uns ihnen ihre bei mit unter als alle alles gilt gelten unterliegt unterliegen steht
    stehen läuft endet uhrzeit datum enthalten enthaltenen enthaltene oben unten hier um ja kein keine keinen

    el la los las lo un una unos de del al a en con por para que es está están son sea sean ser puede pueden podrá
    podrán debe deben deberá no ni y o u se su sus este esta esto estos estas le les todo toda todos todas hasta antes
    después desde partir hora fecha día presente contenida contenido contenidos contenidas incluida aquí bajo

    il lo la i gli le l un una uno di del dello della dei degli delle dell dal dalla dalle da al allo alla alle ai agli
    all a in nel nella nelle con per su che è sono sia siano essere può possono potrà deve devono dovrà non né e ed o
    si questo questa questi queste tutto tutta tutti tutte fino sino prima dopo partire ora data giorno presente
    presenti contenuto contenuta contenute contenuti qui sotto ci vi d

    de het een en of van voor vóór op in aan te om tot met bij na is zijn wordt worden mag mogen moet moeten kan kunnen
    niet geen noch dit deze dat die er u we wij ons onze uw alle alles valt vallen staat staan rust rusten geldt gelden
    pas vanaf eerder dan tijd datum dag onder hier t m

    o a os as um uma uns de do da dos das em no na nos nas ao aos à às para por pelo pela com que se é são está estão
    seja sejam ser pode podem poderá deve devem deverá não nem e ou este esta estes estas isto todo toda todos todas
    até antes depois após partir hora data dia presente contida contidas contido contidos aqui sob
"""
# how strictly, and how a reader is asked
_ASKING = """
    strictly strict under absolute full total please kindly note ask asks asked request requests requested reminded
    respect observe observed honour honor honoured honored keep kept hold holding held important attention remain
    remains subject press media journalists editors reporters outlets newsrooms news advance draft copy notice agree
    agreed lift lifts lifted end ends expire expires set applies advised journalist permitted allowed authorised
    authorized ready social web online

    strict stricte strictement total merci prière prions priés prie veuillez rédactions journalistes médias presse
    respecter attention important bien vouloir demandons demandé note respect rappel soumis soumise soumises sera levé
    média levée lève lever rigoureux rigoureusement avis pouvez pourrez permise autorisée tenir garder réseaux sociaux

    streng strikt strenge strikte bitte bitten wir gebeten beachten beachtung achtung wichtig hinweis redaktionen
    medien presse journalisten einzuhalten einhalten einhaltung redaktionelle hörfunk online print tv rundfunk
    agenturen unbedingt absolute erlaubt gestattet geheim halten social web

    estricto estricta estrictamente por favor ruega ruego rogamos respetar respeten respete importante atención medios
    periodistas redacciones prensa solicita solicitamos pedimos pide sujeto sujeta sometido sometida nota finaliza
    termina levanta levantamiento fin riguroso absoluto informativo periodístico acaba apto apta queda permite
    permitida redes sociales guardar

    stretto stretta strettamente rigoroso rigorosamente prega preghiamo favore cortesia rispettare importante
    attenzione redazioni giornalisti stampa media soggetto soggetta soggette soggetti sottoposto sottoposta scade
    termina raccomanda chiede chiediamo assoluto giornalistico tenere consentito permesso fine scadenza consentita
    permessa potete social web sui vostri

    strikt strikte streng gelieve graag verzoeken verzoek vriendelijk let belangrijk attentie redacties pers media
    journalisten houd houdt respecteren aub vervalt eindigt einde svp opgeheven loopt toegestaan kunt

    estrito estrita estritamente rigoroso favor fim queda levantamento levantado permitida permitido autorizada redes
    sociais podem será pede pedimos pedido solicita solicitamos agradecemos respeito respeitar respeitem importante
    atenção redações jornalistas imprensa mídia sujeito sujeita termina cai absoluto aviso
"""
# what is held back
_MATTER = """
    information informations material materials content contents text story stories news result results finding
    findings study report paper data document announcement article details detail release communication statement pitch
    email message preview fact facts figures press-release copy attached attachment embargo

    communiqué document documents étude résultats rapport contenu texte ensemble données nouvelle annonce dossier
    article éléments message info infos actualité

    mitteilung pressemitteilung medienmitteilung meldung information informationen text inhalt inhalte beitrag studie
    ergebnisse bericht material unterlagen nachricht daten dokument redemanuskript pressetext rede

    información informaciones nota comunicado noticia contenidos material texto estudio resultados informe datos
    documento anuncio artículo

    comunicato comunicati informazione informazioni notizia notizie testo materiale studio risultati rapporto documento
    dati articolo nota

    bericht persbericht informatie tekst materiaal inhoud nieuws nieuwsbericht onderzoek resultaten rapport document
    gegevens mededeling stuk

    informação informações comunicado nota notícia texto material conteúdo estudo resultados relatório dados documento
    anúncio artigo
"""
_CLOCK = """
    am pm a p m uhr uur h u hrs ore horas hora heure heures ora midi noon midday mittag minuit midnight time zeit tijd z
    mez mesz gmt bst utc
"""
OWN_WORDS = frozenset(f"{_SMALL} {_ASKING} {_MATTER} {_CLOCK}".split())
ONLY = r"only|erst|frühestens|pas|alleen|nur|seulement|uniquement|qu|solo|sólo|soltanto|só|somente|apenas"
SECRET = (
    r"confidential|restricted|private|secret[oa]?|geheim|segreto|segredo|confidentiel(?:le)?s?|vertraulich|confidencial(?:es)?|reservad[oa]s?|riservat[oaie]"
    r"|confidenziale|vertrouwelijk|confidenciais|sigilos[oa]"
)
