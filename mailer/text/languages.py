"""Languages: which letters stand beside which in the languages of media lists.

Owns the tables by which `guess` judges whether decoded bytes read like words. Pure data. A new language is a line more,
never a branch. Each Latin language is given by pairs of letters of which one is no ASCII letter; its alphabet is what
occurs in them. A language known by its small words is given the benefit of the doubt.
Gaps: Vietnamese, and scripts of India and South-East Asia; files in them come as UTF-8 or XLSX.
"""

from __future__ import annotations

from typing import Final

_PAIRS: Final = {
    "German": (
        "fü ür üb rü ün mü ül hü üh gü üc kü üs sü üd lü üt bü üg tü üf jü dü wü zü üß üm kö ön öl lö öh hö ör fö "
        "öf mö öt gö öß rö ös bö öb nö sö öd zö öw ök pö tö mä än är äu fä lä äs kä ät rä äf hä äh wä äl nä äc gä "
        "äd bä jä tä sä äg zä pä äm ße aß uß oß iß eß äß ßm ßh ßb ßl ßn ßi ßf ßk"
    ),
    "French": (
        "dé ré té mé pé sé né lé cé bé gé vé fé hé jé ué ié él én ér és ét éc éd ép ém ée év ég éa éo éu éb éf éj "
        "éq éz rè iè tè lè mè pè cè sè dè nè hè vè fè gè èr èl èn èt ès èm èv èg èc èq èd èb èz êt ên rê mê tê vê "
        "bê pê fê êc êl êm êq êv là jà nç aç eç ço ça çu çé çi aî îc ît oî în rî dî îl îm aï oï ïc ïs ïd ïv ïm ïl "
        "ïf ôt cô hô pô dô rô nô tô ôl ôm ôn ôp ôc ôq ût oû sû ûr dû fû où œu cœ sœ vœ bœ mœ oë aë në ël ës ât âc "
        "âg âb âm ân bâ râ hâ pâ éà"
    ),
    "Spanish": (
        "nú ió ón cí ía rí lí dí tí ín ís fí gí mí pí ví ít íc íd ír íz íg ím íl ól óp óm óg ód ór óc ós ót ób ró "
        "gó ló nó mó dó tó zá ád án ár ás áz ál áv át áb ác ái bá má rá lá tá dá gá cá pá sá né én és ér él éd éx "
        "ém éc ép ét ré mé lé té pé dé cé jé sé ús úl úb úm úñ úr út úc rú lú mú gú ún ña ño ñe ñí ñó ñi ñu uñ eñ "
        "ñá iñ oñ añ üe üi gü sí bí ní vó hé íb"
    ),
    "Portuguese": (
        "çã ão ãe õe çõ nã rã mã sã lã ça ço nç aç iç ên êm ês ân âm âs ôn ôm rê tê vê lê ví ár ál én ér ós ón ír "
        "ís ín ív úb úl ús ún íd éi éd éc ép át áv ác ór ód óg uí aí lú sú cú râ lâ"
    ),
    "Catalan": ("ès èc èn èr òm òn òl òr ór ós ió íc çó ça nç úl àt àn àl àc ïn ïm ít"),
    "Italian": ("tà là rà cà gà sà nà dà bà iù cò lò rò nò hé lì rì dì sì hè iè cè tè lè"),
    "Danish": (
        "ør øn jø øv sø øb lø øg kø mø øj tø rø bø øl dø øs hø gø fø øk nø pø vø øm ød øt æn æl ær væ sæ læ ræ æs "
        "kæ æk bæ hæ jæ æv æt næ fæ mæ dæ æg år ån på gå lå rå så må få då bå hå nå åd ås ål åb åg tå åt åk vå kå "
        "åe åf"
    ),
    "Swedish": (
        "öm ög ör ön öv ös öd öl öt jö rö sö bö kö tö mö ök hö nö äm än är ät äs äk äg äv äd äl ää öö yö hä jä mä "
        "lä nä tä rä sä kä dä fä gä vä pä år ån på gå lå rå så må få då bå hå nå åd ås ål åb åg tå åk vå åt"
    ),
    "Dutch": ("eë ië oë ën ël ër ïn eï oï ée uü eü"),
    "Icelandic": (
        "ða ði ðr ðu að ið eð uð rð óð áð úð æð þó þo þr þu þe þj ýs ýr ýn ár án ás ál át já jó jö ór ón ói óh ót "
        "ín ír ís ít íu úr ún úl ús úk éð ét él ær æn öð ör ön ös"
    ),
    "Polish": (
        "ńs dń zń oń eń ań ńc ść śl śn śc ąś aś oś iś ęd ęb ęk ęt ęs ęc ęż ęg rę tę ię wę cę ąb ąd ąc ąz ąg ąk ią "
        "wą rą tą cą ał ła ło łu ły eł oł ół łó łą łę ów zó wó kó gó ró ód óż óz ór óc mó ió ćw ić ać ąć żb że ża "
        "ży żo uż yż eż aż iż oż źn źd źr aź eź óź św śm śr śp śd łk łn łb łż łs uł ył ił"
    ),
    "Czech": (
        "ář ří řá tř př oř ře řě ěř bř dř eř kř iř žř ží že ža žd už až iž ož ýž má ná vá ká rá lá dá tá há ák án "
        "ár ás ál át áč áš áz áv ác ád áb áh ný ký rý tý ým ýc vý lý mý ýr čk če či ča čá čí oč ač eč ič uč yč ěj "
        "ně tě vě mě pě dě bě ěk ěl ěm ěn ěs ět ěd ěz ěž ův ům ůl ůr ůs ůž rů dů vů lů íč ín ík ír ím íš íž íř ít "
        "íc ís íd lí ní tí dí mí sí pí jí rí cí oš aš eš iš uš yš šk šo ša še ši šť šn šl ďá ďo ďk aď eď ťa ťo ať "
        "oť ňa ňo ňk áň oň eň aň éh ém én éř né ké té ľa ľu ľk eľ aľ ôž ôs kô vô ôn ĺž ŕš ôr út úl úř"
    ),
    "Hungarian": (
        "ős ők ől őt őr nő rő lő tő vő fő bő dő ző jő gő űv űs űz űr fű mű űl sű tű hű ás ár ál án át ák áb áz ág "
        "ám ád áv áj ác lá há tá ná rá bá má sá vá ká dá gá fá és él én ér ét ék éz ég éb ép ém éd év zé né ré té "
        "lé vé ké sé bé gé dé fé mé pé hé ór ós ól ón ók óz ót óv ód ró tó jó gó ló só zó dó bó kó mó vó út úr úl "
        "új öz ör öl ön ök öt ös öv kö tö gö rö zö dö ül ün üg üz üt ür üs kü tü"
    ),
    "Romanian": (
        "ăr ăt ăc ăd ăl ăm ăn ăs tă nă că ră lă ță dă mă să bă gă pă vă țe ți ța țu uț eț iț oț aț și șt șe șo șa "
        "uș eș aș iș oș ân ât âr în îm îl ţi ţe ţa ţu aţ eţ uţ oţ iţ şi şt şe şo şa uş eş aş iş oş cş"
    ),
    "Croatian": (
        "ić ći će ća ću ać oć eć uć čk če či ča ač ič eč uč oč čn šk še ši ša aš eš iš uš oš št šn šć ža že ži žu "
        "už až ož iž ež žn đe đa đu ađ eđ uđ đi ođ iđ rđ nđ"
    ),
    "Turkish": (
        "yı ıl dı ız lı rı ın ış ım ır sı nı kı tı ıs ıt ıy ıd ık ıç ıo cı mı zı bı ğı ğl oğ ağ iğ uğ eğ üğ öğ ğa "
        "ğu ğr ğd ği şa şe şi şı iş aş eş uş üş oş şt şk şl şm şb ço çe ça çi çı aç uç iç eç üç oç çü gü ün ür üs "
        "ül üz kü dü tü mü çö ör öz öy gö kö ön öl dö hö şü üy"
    ),
    "Lithuanian": (
        "ės ėj ėn ėl ėt ėd tė nė lė kė rė dė vė ių jų tų nų lų rų sų dų ūr ūn ūt ūs ūl ūd rū sū jū lū bū šk šė ši "
        "ša aš iš eš žė ži ža že už až iž če či ča ač ič eč yč įm ąs ąž ęs ėž"
    ),
    "Latvian": (
        "ās ār āj ān āk āl āt āv ām āc lā nā rā tā kā mā dā vā jā zā bā ēr ēt ēj ēs ēn ēd ēk lē nē rē dē bē mē vē "
        "pē īg īb īt īn īv īs īj īc rī lī zī nī vī tī sī ūr ūt ūn ūs rū jū lū šu ša šķ ši iš aš ņa ņi ņu aņ iņ ļa "
        "ļu ļi eļ iļ ķi ķe ķa ņē ģi ģe ģa žu ža že žo ču ča či čū"
    ),
}
PAIRS: Final = {language: frozenset(pairs.split()) for language, pairs in _PAIRS.items()}
ALPHABETS: Final = {
    language: frozenset(c for pair in pairs for c in pair if not c.isascii()) for language, pairs in PAIRS.items()
}

# Small words in ASCII by which a text is known to be in a language, whatever its encoding.
SMALL_WORDS: Final = {
    language: frozenset(words.split())
    for language, words in {
        "English": "the and of to in for that with is was on by at from has",
        "German": "der die und das von den mit ist ein eine nicht auf dem zu sich",
        "French": "le la les des du et en un une est pour que dans par sur",
        "Spanish": "el la los las del que en un una por para con se su",
        "Portuguese": "o os do da dos das que em um uma para com por no na",
        "Catalan": "el la els les del que en un una per amb dels",
        "Italian": "il la di che del della un una per con nel sono gli",
        "Danish": "og det er den til af som med en for har ikke at",
        "Swedish": "och det som den av till en ett med har inte att",
        "Dutch": "de het een van en in is dat op te voor met zijn",
        "Icelandic": "og er sem ekki hefur eru til var um",
        "Polish": "w na z do nie jest od po przez oraz dla ale",
        "Czech": "a v na se je do pro za od ve ale jako sa",
        "Hungarian": "a az nem egy hogy meg ez van volt mint",
        "Romanian": "de la cu pe din nu un o care pentru sau este",
        "Croatian": "je u na se za da su od koji ki in ni so",
        "Turkish": "ve bir bu ile da de olan olarak daha en",
        "Lithuanian": "ir kad yra tai su iki bei nuo",
        "Latvian": "un ir no par ar kas bet tas",
    }.items()
}
# Words of one letter that is no ASCII letter, and whose they are.
WORDS_OF_ONE_LETTER: Final = {
    "à": {"French", "Italian", "Portuguese", "Catalan"},
    "è": {"Italian"},
    "é": {"Portuguese"},
    "ó": {"Spanish", "Portuguese"},
    "å": {"Danish", "Swedish"},
    "ö": {"Swedish"},
    "á": {"Icelandic", "Portuguese"},
    "í": {"Icelandic"},
    "ő": {"Hungarian"},
}

# The letters that make up most of a text in a script of its own.
COMMON_LETTERS: Final = {
    "CYRILLIC": frozenset("оеаинтсрвлкмдпуяьйіў"),
    "GREEK": frozenset("αοιετσνρκλπμςηυωάόίέήύώγδθχ"),
    "HEBREW": frozenset("יוהלאתרםמבשנחקד"),
    "ARABIC": frozenset("النميرتبوسدعهحفقجشكة"),
    "THAI": frozenset("านรอกเงมยลวดทสตะปบคหแพช"),
}

# Letters of names, outlets and headings, as often as lists have them.
COMMON_SIGNS: Final = {
    "kanji": frozenset(
        "日本新聞社報道記者編集部局放送電話番号氏名前媒体会役職担当所属住国語備考配信停止可不経済政治文化科学医療社会東京"
        "大阪京都名古屋中村田山川木林井上下小高藤佐鈴橋渡辺伊加吉松本美子一二三郎太雄夫男和明正光真直人香恵由紀智愛優花"
        "毎朝読売産週刊誌雑通共同時事英米仏独担部門長論説委員写真地方北南西海道福岡県市区町健康技術産業業界金融環境"
    ),
    "hanzi": frozenset(
        "中国日报新闻社记者编辑部电视台广播网站姓名邮箱地址电话手机媒体职位单位公司北京上海广州深圳人民经济晚早青年科技"
        "财经文化体育生活周刊杂志主任长王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋"
        "明华建国文平志伟丽芳娜秀英敏静强磊军洋勇艳杰涛超霞刚桂香备注语言家国际教育健康医"
    ),
    "hanzi (traditional)": frozenset(
        "中國日報新聞社記者編輯部電視台廣播網站姓名郵箱地址電話手機媒體職位單位公司台北香港高雄時報聯合自由蘋果經濟"
        "科技財經文化體育生活週刊雜誌主任長王李張劉陳楊黃趙吳周徐孫馬朱胡林郭何高羅鄭梁謝宋許韓曾蔡備註語言國際教育健康"
        "明華建國文志偉麗芳美玲淑惠雅婷怡君俊傑家豪"
    ),
    "hangul": frozenset(
        "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민준지영현수진경희미은혜선호"
        "일보신문방송기자이름성명매체회사전화번호메일주소부서직책국가언어서울한국경제문화사회정치과학부산대구인천광주"
        "편집장국제연합뉴스조선중앙동아겨레매일시사주간의약건강산업기술비고"
    ),
}
