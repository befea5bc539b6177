"""First names that are hidden wherever they stand, and words that are names only in the right place."""

from __future__ import annotations

from typing import Final


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The commonest of the last eighty years in Britain, the United States, the German-speaking countries, Spain, Latin
# America and France, with those that families from India, Pakistan, Turkey, Poland and China brought along.
FIRST_NAMES: Final = _set(
    """
    aaron abdul abdullah abigail adam adrian adriana agata agnes agnieszka ahmed aisha aiden alain alan alba
    albert alberto alejandra alejandro aleksandra alessandro alex alexander alexandra alexandre alexis alfonso
    alfred ali alice alicia alison alistair allison alvaro álvaro amanda amber amélie amelia amir amit amy ana
    anastasia andrea andreas andré andrés andrew andrzej andy angela angelika angelina anita anja ann anna
    annabel anne annette annie anthony antje antoine anton antonia antonio anya arnaud arthur ashley astrid
    aurélie ayse ayşe barbara barry beata beatriz becky belinda ben benjamin benoît benoit bernard bernd
    bernhard beth bethany betty beverley birgit björn bob bradley brandon brenda brendan brian bridget brigitte
    bruce bruno bryan caitlin callum camille cameron carl carla carlos carol carole carolina caroline carolyn
    catherine cathy cécile cecilia céline chantal charlene charles charlie charlotte chloe chloé chris christa
    christelle christian christiane christina christine christoph christophe christopher cindy clara clare
    claude claudia claudio clemens colin connor corinna cristina cynthia daisy damien daniel daniela danielle
    danny darren dave david dawid deborah debbie debra deepak denis denise dennis derek diana diane diego dieter
    dietmar dirk dmitri dominic dominik dominique donald donna doris dorothy dorota doug douglas duncan dylan ed
    eddie edith eduardo edward eileen elaine eleanor elena elias elijah elisabeth elizabeth elke ella ellen
    ellie elsa emily emilia emilio emine emma emmanuel enrique eric erica erik erika erin esther ethan eugene
    eva evelyn ewa fabian fabienne fabio fatima fatma felipe felix ferdinand fernanda fernando finn fiona
    florian francesca francesco francis francisco françois françoise franz franziska fred frederick frédéric
    freya friedrich gabriel gabriela gabriele gabrielle gail gareth gary gavin gemma geoff geoffrey georg george
    georgia georgina gérard gerald gerd gerhard gertrud gilbert gilles gillian gina giovanni gisela giulia
    giuseppe glenn gloria gonzalo gordon graham greg gregory guido guillaume guillermo gundula günter günther
    gustavo hannah hannes hans harald harriet harry hartmut hassan hayley heather hector hedwig heidi heike
    heiko heinrich heinz helen helena helga helmut henri henry herbert hermann hilary holger holly horst howard
    hubert hugh hugo hussein ian ibrahim ignacio ilse imran ines inga inge ingo ingrid irene iris irina isaac
    isabel isabella isabelle ivan jacek jackie jacob jacqueline jacques jaime jakob jake jakub james jamie jana
    jane janet janice janine jasmine jason javier jean jeanette jeff jeffrey jenna jennifer jenny jens jeremy
    jérôme jessica jessie jim jimmy joachim joan joana joann joanna joanne jochen jodie joe joel johan johann
    johanna johannes john johnny jolanta jon jonas jonathan jordan jorge josé jose josef joseph josephine josh
    joshua josie joyce juan juana judith jules julia julian juliana julie julien juliette jürgen jurgen justin
    justyna jutta kamil karen karim karin karina karl karolina katarzyna kate katharina katherine kathleen
    kathryn kathy katie katja katrin kay keith kelly kenneth kerry kerstin kevin khalid kieran kim kimberly
    kirsten klaus kristin kristina krzysztof kurt kyle lara larissa larry lars laura lauren laurence laurent
    laurie lea léa leah lee leila lena leo leon leonie leslie lewis liam lily linda lindsay lindsey lisa liz
    lorenzo lorraine louis louise luc luca lucas lucía lucia lucie lucy luis luisa luise lukas luke lydia lynn
    lynne maciej maddie madeleine madison magdalena maggie mahmoud malcolm małgorzata malte mandy manfred manuel
    manuela marc marcel marcin marco marcos marcus margaret margarita margit maria maría mariam marianne marie
    marie-claude marija marilyn mario marion marius marjorie markus marta martha martin martina martine marvin
    mary mateusz matt matteo matthew matthias maureen maurice maximilian maxime megan mehdi mehmet melanie
    melissa mercedes meryem michael michaela michał michel michele michelle miguel mike mikhail milena miriam
    mohamed mohammad mohammed monica monika monique morgan muhammad mustafa nadia nadine naomi natalia natalie
    natasha nathalie nathan neil nicola nicolas nicole nigel nikhil niklas nikolai nils nina noah noémie nora
    norbert norma norman olaf olga oliver olivia olivier omar oscar otto owen pablo pamela paola patrice
    patricia patricio patrick patrycja paul paula pauline paulo pavel pawel paweł pedro peggy penny peter petra
    phil philip philipp philippe phillip phyllis pilar piotr priya quentin rachel rafael rahul rainer raj rajesh
    ralf ralph ramón ramon raquel raúl ravi raymond rebecca regina reiner reinhard renata renate rené rhys
    ricardo richard rita robert roberta roberto robin rodrigo roger roland rolf ron ronald ronja rory rosa
    rosemary ross roxanne roy ruben rubén rudolf ruth ryan sabine sabrina sally samantha samir samuel sandra
    sandrine sandy sanjay sanjeev santiago sara sarah scott sean sébastien sebastian sergei sergio shane shannon
    sharon shaun sheila shirley sibylle siegfried sigrid silke silvia simon simone sofia sonia sonja sophia
    sophie spencer stacey stan stanislaw stefan stefanie steffen stella stephan stephane stéphane stephanie
    stephen steve steven stuart sunil susan susana susanne suzanne sven svetlana sylvia sylvie sylwia tamara
    tammy tanja tanya tara tatiana ted teresa terence terry thérèse theresa thierry thomas thorsten tiffany tim
    timo timothy tina tobias todd tomas tomás tomasz tom tommy toni tony torsten tracey tracy trevor tyler
    ulrich ulrike ursula ute uwe valentin valentina valeria valérie vanessa vera verena verónica veronica
    veronika vicki vicky victoria vijay vincent virginie viktor vivian vladimir volker walter wanda wayne wendy
    werner wilfried wilhelm william wojciech wolfgang xavier yannick yasmin ying yolanda abbie angus anil arjun
    ashleigh asif billy bobby brett carly carrie cassie chelsea cheryl connie craig curtis darryl deepika elliot
    elliott euan ewan finlay fraser graeme hamish harvey iqbal isla jade jermaine jess jill jodi kayla kayleigh
    keira keisha kiran kirsty kylie leanne leigh lesley lorna louisa lynsey manish mick morag nathaniel nikki
    nisha owain paddy paige pooja reece reuben rhian ricky robyn rohit ronnie sadie sandeep shelley sheryl shona
    sian sonya stacy suresh ramesh tess trish trudy tyrone vikram vince zara youssef yusuf yves yvonne zachary
    zainab zbigniew zoe zoé
    """
)
# Names that are common words too: hidden when capitalised within a sentence, or beside a sign that a person is meant.
SOMETIMES_NAMES: Final = _set(
    """
    abel adele alma angel april art august aurora autumn bella bill blanca bonnie brad buddy candy carmen chad
    chance chase chuck claire clay cliff crystal dale dan dean dick dolores don dot drew dustin earl ernst
    esperanza eve faith flora florence frank gene ginger glen grace grant guy harmony hazel heath herb hope
    hunter ivy jack jan jasper jay jesus jesús jose joy june kai ken kirk kit kurt lance levi lola luz mariana
    marina mark marlene mason max maxi may mel melody mercedes merle mike mina miles molly monty nancy nick noel
    norm olive opal oswald page pascal pat pearl pierre polly precious queenie randy ray reed reich rex rich
    rick rob robbie rod rose rosie roman ruby russ rusty sam sandy scarlett serena shay skip sol sonny
    sterling sue summer sunny ted toby trinity troy ty val van vera verity vic victor violet virginia wade ward
    warren wes wilma will winter wolf woody
    """
)
# Those that begin a sentence more often as words than as names ("Bill was high").
BEGINNINGS: Final = _set(
    """
    april art august autumn bill chance chase crystal dean don dot drew ernst faith frank grace grant guy
    harmony hope joy june jay may max miles olive page precious reich rich rose sol summer sunny trinity
    van wade ward will winter
    """
)
# Commonest family names: hidden in small letters too, when they follow a first name.
SURNAMES: Final = _set(
    """
    adams ahmed allen alvarez anderson bailey baker barnes becker bell bennett bernard braun brown campbell
    carter chen clark clarke collins cook cooper cox cruz davies davis diaz díaz dubois edwards evans fernandez
    fernández fischer foster garcia garcía gomez gómez gonzalez gonzález graham gray green griffiths hall
    hamilton harris harrison hernandez hernández hill hoffmann hofmann howard hughes hussain jackson jenkins
    jimenez jiménez johnson jones kaiser kaur kelly khan king klein koch kowalski kumar lange laurent lee
    lefebvre leroy lewis lopez lópez marshall martin martinez martínez mason matthews meier meyer mayer maier
    miller mitchell moore moreau moreno morgan morris müller mueller murphy murray neumann nguyen nowak parker
    patel perez pérez petit phillips powell price ramirez ramírez reid reyes reynolds richards richardson
    richter rivera roberts robertson robinson rodriguez rodríguez rogers romero ross ruiz russell sanchez
    sánchez saunders schäfer schaefer schmidt schmitt schmitz schneider schröder schroeder schulz schwarz scott
    shaw simpson singh smith stewart taylor thomas thompson thomson torres turner vargas wagner walker ward
    watson weber weiss white wilkinson williams williamson wilson wolf wolff wong wood wright yılmaz young
    zimmermann
    """
)
# Capitalised words that are no names where a name might stand.
NOT_NAMES: Final = _set(
    """
    guys folks everybody someone there madam sir bot human people support staff
    a about absolutely account after all also always amazing amazon an and any app apple as at awesome awful bad
    best better billing both british broadband but by care cheers chat client company could customer customers
    dear department direct does don't easy email engineer engineers english even every everyone everything
    excellent fantastic fast finance first for french friendly from german germany google good great had happy
    has have hello help helpful her here hi his however how i i'd i'll i'm i've if in install installation
    internet is issue it it's its just keep last later line london love lovely management manager many me
    microsoft more most much my nice no nobody none not nothing now of office ok okay on one online only
    openreach or order our overall perfect phone please poor price product quick really regards reliable sales
    satisfied service services she he they them someone spanish staff still so super superb support sure team
    tech technical technician terrible thank thanks that the their then there these they this those to today
    tomorrow too tried until up us very was we web were what when where which while who why will wonderful with
    without work works worst would yes yesterday you your monday tuesday wednesday thursday friday saturday
    sunday january february march july september october november december montag dienstag mittwoch donnerstag
    freitag samstag sonntag lunes martes miércoles jueves viernes sábado domingo lundi mardi mercredi jeudi
    vendredi samedi dimanche aber alles als am an auch auf aus bei bin bis bitte da danke das dass dem den der
    des die doch ein eine einem einen einer er es für gut habe haben hat hatte ich ihr ihre im immer in ist ja
    kann kein keine kunde kunden kundendienst kundenservice leider man mehr mein meine mich mir mit nach nicht
    nichts noch nur ob oder schnell sehr seit sich sie sind so super toll top und uns unser vom von vor war
    waren warum was weil wenn wer wie wir wird wurde zu zum zur al algo bien buen bueno con de del desde donde e
    el ella ellos en era es esta está este fue gracias ha han hay la las lo los me mi muy más nada ni no nos o
    para pero por porque que qué se servicio si sí sin su también todo todos tu un una usted y ya yo atención
    cliente alors après au aussi aux avec avez bon bonjour c'est ce cela ces cette chez d'un dans des donc du
    elle est et excellente grâce il ils j'ai je le les leur ma mais merci mes mon même n'est ne notre nous on
    ont ou par parfait pas plus pour pourquoi qu'il quand que qui rapide rien s'est sa sans ses son sont sur
    toujours tout très trop un une vos votre vous était équipe
    """
)
