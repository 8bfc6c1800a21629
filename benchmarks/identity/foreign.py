"""Words of people outside the United States: each in the forms in which one and the same person is written down."""

from dataclasses import dataclass

Forms = tuple[str, str, str]
"""One word as three systems hold it: own script or marks, the usual plain spelling, a third spelling."""


@dataclass(frozen=True)
class Country:
    """Words of one country; `phone` is (country code, area codes, digits behind the area code)."""

    names: Forms
    given: dict[str, tuple[Forms, ...]]
    surnames: tuple[Forms, ...]
    streets: tuple[Forms, ...]
    cities: tuple[tuple[Forms, str], ...]
    postal_digits: int
    phone: tuple[str, tuple[str, ...], int]
    number_first: bool = False
    two_surnames: bool = False


def _forms(text: str) -> tuple[Forms, ...]:
    """`Jürgen/Juergen/Jurgen Karl` as triples; a word with fewer forms repeats its last."""
    return tuple(_triple(word.replace("_", " ")) for word in text.split())


def _triple(word: str) -> Forms:
    parts = word.split("/")
    return (parts[0], parts[min(1, len(parts) - 1)], parts[-1])


def _joined(fronts: tuple[Forms, ...], backs: tuple[Forms, ...]) -> tuple[Forms, ...]:
    return tuple((a[0] + b[0], a[1] + b[1], a[2] + b[2]) for b in backs for a in fronts if a[0] != b[0])


def _cities(text: str) -> tuple[tuple[Forms, str], ...]:
    """`München/Muenchen/Munich:80` as forms and the first digits of its postal codes."""
    pairs = (word.rpartition(":") for word in text.split())
    return tuple((_triple(name.replace("_", " ")), digits) for name, _, digits in pairs)


GERMANY = Country(
    names=("Deutschland", "Germany", "DE"),
    given={
        "F": _forms(
            "Anna Käthe/Kaethe/Kathe Ursula Monika Petra Sabine Renate Jördis/Joerdis/Jordis Brigitte Claudia Heike Silke"
            " Anke Ute Birgit Gisela Lena Mia Hannah Sophie Grete Bärbel/Baerbel/Barbel Annegret Kerstin Martina Susanne"
        ),
        "M": _forms(
            "Jürgen/Juergen/Jurgen Hans Klaus Jörg/Joerg/Jorg Günter/Guenter/Gunter Wolfgang Dieter Uwe Stefan/Stephan Ralf"
            " Thorsten/Torsten Götz/Goetz/Gotz Karl Matthias Bernd Heinz Kai Sven Lukas Jonas Felix Rüdiger/Ruediger/Rudiger"
            " Holger Björn/Bjoern/Bjorn Helmut Norbert"
        ),
    },
    surnames=_forms(
        "Müller/Mueller/Muller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer/Schaefer/Schafer"
        " Koch Bauer Richter Klein Wolf Schröder/Schroeder/Schroder Neumann Schwarz Krüger/Krueger/Kruger Weiß/Weiss Groß/Gross"
        " Jäger/Jaeger/Jager Köhler/Koehler/Kohler Böhm/Boehm/Bohm"
    )
    + _joined(
        _forms("Ober Nieder Stein Hof Grün/Gruen/Grun Schön/Schoen/Schon Mühl/Muehl/Muhl Hohen Linden Eich Buch Rosen"),
        _forms("bauer mann meier müller/mueller/muller berg feld hofer stätter/staetter/statter bach wald"),
    ),
    streets=_joined(
        _forms("Haupt Bahnhof Garten Schul Berg Linden Mühlen/Muehlen/Muhlen Wald Goethe Schiller Mozart Kirch Rosen"),
        _forms("straße/strasse/str. weg platz"),
    ),
    cities=_cities(
        "Berlin:10 München/Muenchen/Munich:80 Köln/Koeln/Cologne:50 Hamburg:20 Nürnberg/Nuernberg/Nuremberg:90"
        " Düsseldorf/Duesseldorf/Dusseldorf:40 Leipzig:04 Lübeck/Luebeck/Lubeck:23"
    ),
    postal_digits=5,
    phone=("49", ("30", "89", "221", "40", "911", "211", "341", "151", "170"), 7),
)
FRANCE = Country(
    names=("France", "France", "FR"),
    given={
        "F": _forms(
            "Hélène/Helene Chloé/Chloe Zoé/Zoe Marie Amélie/Amelie Céline/Celine Élodie/Elodie Inès/Ines Sophie Camille Léa/Lea"
            " Anaïs/Anais Manon Françoise/Francoise Monique Nathalie Isabelle Sylvie Noémie/Noemie Aurélie/Aurelie"
        ),
        "M": _forms(
            "François/Francois Jérôme/Jerome Benoît/Benoit Stéphane/Stephane André/Andre Pierre Jean-Luc/Jean_Luc Thierry"
            " Rémi/Remi Gaël/Gael Loïc/Loic Sébastien/Sebastien Mathieu/Matthieu Luc Yves Étienne/Etienne Hugo Théo/Theo Jacques"
        ),
    },
    surnames=_joined(_forms("Le_ De_ Du_ Saint-/Saint_"), _forms("Gall Goff Blanc Pont Marec Bois Roux Clair Val Bris"))
    + _forms(
        "Lefèvre/Lefevre/Lefebvre Müller/Muller Bézard/Bezard Gonçalves/Goncalves Martin Bernard Dubois Durand Moreau Simon"
        " Laurent Michel Garcia Roux Fournier Girard André/Andre Mercier Béranger/Beranger Noël/Noel Guérin/Guerin"
        " Lemaître/Lemaitre Faure Rousseau Blanchard Joly Gauthier/Gautier Perrin Morin Clément/Clement Henry Garnier"
    ),
    streets=_forms(
        "rue_de_la_République/rue_de_la_Republique rue_Victor_Hugo avenue_Foch/av._Foch place_d'Armes rue_de_l'Église/rue_de_l_Eglise"
        " boulevard_Voltaire/bd_Voltaire rue_Pasteur chemin_Vert rue_des_Écoles/rue_des_Ecoles rue_du_Moulin avenue_de_la_Gare"
    ),
    cities=_cities("Paris:75 Lyon:69 Marseille:13 Nîmes/Nimes:30 Besançon/Besancon:25 Orléans/Orleans:45 Lille:59"),
    postal_digits=5,
    phone=("33", ("1", "4", "6", "7"), 8),
    number_first=True,
)
SPAIN = Country(
    names=("España", "Spain", "ES"),
    given={
        "F": _forms(
            "María/Maria Lucía/Lucia Sofía/Sofia Carmen Inés/Ines Ana Begoña/Begona Rocío/Rocio Pilar Elena Marta Nuria Belén/Belen"
            " Mónica/Monica Ángela/Angela Laura Cristina María_José/Maria_Jose/M._José Beatriz Consuelo"
        ),
        "M": _forms(
            "José/Jose Jesús/Jesus Ángel/Angel Íñigo/Inigo Andrés/Andres Joaquín/Joaquin Juan Juan_Carlos/J._Carlos Luis Pablo"
            " Manuel Sergio Víctor/Victor Rubén/Ruben Álvaro/Alvaro Óscar/Oscar Ramón/Ramon Iván/Ivan Diego Javier"
        ),
    },
    surnames=_forms(
        "García/Garcia Fernández/Fernandez González/Gonzalez Rodríguez/Rodriguez López/Lopez Martínez/Martinez Sánchez/Sanchez"
        " Pérez/Perez Gómez/Gomez Martín/Martin Jiménez/Jimenez Ruiz Hernández/Hernandez Díaz/Diaz Moreno Muñoz/Munoz Álvarez/Alvarez"
        " Romero Alonso Gutiérrez/Gutierrez Navarro Torres Domínguez/Dominguez Vázquez/Vazquez Ramos Gil Ramírez/Ramirez Serrano"
        " Blanco Molina Núñez/Nunez Ibáñez/Ibanez Peña/Pena Cortés/Cortes"
    ),
    streets=_forms(
        "Calle_Mayor/C._Mayor Calle_de_Alcalá/Calle_de_Alcala Avenida_de_la_Constitución/Av._de_la_Constitucion Calle_Real"
        " Paseo_del_Prado Plaza_España/Plaza_Espana Calle_Goya Avenida_América/Avda_America Calle_Cervantes Ronda_Sur"
    ),
    cities=_cities(
        "Madrid:28 Barcelona:08 Málaga/Malaga:29 Córdoba/Cordoba:14 Cádiz/Cadiz:11 Sevilla/Seville:41 León/Leon:24"
    ),
    postal_digits=5,
    phone=("34", ("91", "93", "60", "61", "65"), 7),
    two_surnames=True,
)
BRAZIL = Country(
    names=("Brasil", "Brazil", "BR"),
    given={
        "F": _forms(
            "Ana Júlia/Julia Letícia/Leticia Vitória/Vitoria Beatriz Larissa Mariana Gabriela Camila Fernanda Patrícia/Patricia"
            " Luísa/Luisa Conceição/Conceicao Aparecida Débora/Debora Tânia/Tania Sônia/Sonia Raquel"
        ),
        "M": _forms(
            "João/Joao José/Jose Antônio/Antonio Luís/Luis/Luiz Cauã/Caua Paulo Pedro Lucas Marcos Felipe/Filipe Thiago/Tiago"
            " Sebastião/Sebastiao Fábio/Fabio Vinícius/Vinicius Rogério/Rogerio Caio Otávio/Otavio Márcio/Marcio"
        ),
    },
    surnames=_forms(
        "Silva Santos Souza/Sousa Araújo/Araujo Conceição/Conceicao Gonçalves/Goncalves Oliveira Pereira Lima Carvalho Ferreira"
        " Rodrigues Almeida Costa Gomes Martins Ribeiro Alves Monteiro Mendes Barros Freitas Barbosa Pinto Moura Cavalcanti"
        " Magalhães/Magalhaes Simões/Simoes Brandão/Brandao Leão/Leao"
    ),
    streets=_forms(
        "Rua_das_Flores/R._das_Flores Avenida_Paulista/Av._Paulista Rua_São_João/Rua_Sao_Joao Rua_XV_de_Novembro Avenida_Brasil/Av_Brasil"
        " Rua_da_Praia Rua_Augusta/R_Augusta Travessa_do_Comércio/Tv_do_Comercio Alameda_Santos"
    ),
    cities=_cities(
        "São_Paulo/Sao_Paulo:01 Rio_de_Janeiro:20 Brasília/Brasilia:70 Goiânia/Goiania:74 Curitiba:80 Belém/Belem:66"
    ),
    postal_digits=8,
    phone=("55", ("11", "21", "61", "41"), 9),
    two_surnames=True,
)
RUSSIA = Country(
    names=("Россия", "Russia", "RU"),
    given={
        "F": _forms(
            "Анна/Anna Мария/Maria/Mariya Елена/Elena/Yelena Ольга/Olga Наталья/Natalia/Natalya Татьяна/Tatiana/Tatyana"
            " Екатерина/Ekaterina/Yekaterina Ирина/Irina Юлия/Yulia/Julia Светлана/Svetlana Дарья/Daria/Darya Ксения/Ksenia/Xenia"
        ),
        "M": _forms(
            "Дмитрий/Dmitry/Dmitri Сергей/Sergey/Sergei Алексей/Alexey/Aleksei Андрей/Andrey/Andrei Иван/Ivan Михаил/Mikhail"
            " Николай/Nikolay/Nikolai Юрий/Yuri/Yury Евгений/Evgeny/Yevgeny Владимир/Vladimir Павел/Pavel Максим/Maxim/Maksim"
        ),
    },
    surnames=_joined(
        _forms(
            "Иван/Ivan Петр/Petr Сидор/Sidor Кузнец/Kuznets Попов/Popov Смирн/Smirn Козл/Kozl Новик/Novik Мороз/Moroz Волк/Volk"
            " Алексе/Alekse/Alexe Лебед/Lebed Семен/Semen Павл/Pavl Голуб/Golub Виноград/Vinograd Богдан/Bogdan Воробь/Vorob"
        ),
        _forms("ов/ov ев/ev ский/sky/skiy енко/enko ин/in"),
    ),
    streets=_forms(
        "ул._Ленина/ul._Lenina/Lenina_street Невский_проспект/Nevsky_prospekt/Nevskiy_pr. ул._Пушкина/ul._Pushkina ул._Мира/ul._Mira"
        " Садовая_ул./Sadovaya_ul. ул._Гагарина/ul._Gagarina Лесная_ул./Lesnaya_ul."
    ),
    cities=_cities(
        "Москва/Moskva/Moscow:10 Санкт-Петербург/Sankt-Peterburg/Saint_Petersburg:19 Казань/Kazan:42 Самара/Samara:44"
    ),
    postal_digits=6,
    phone=("7", ("495", "812", "903", "916", "926"), 7),
)
_SYLLABLES = _forms(
    "田/ta/タ 中/naka/ナカ 山/yama/ヤマ 川/kawa/カワ 村/mura/ムラ 木/ki/キ 本/moto/モト 島/shima/シマ 野/no/ノ 原/hara/ハラ"
)
JAPAN = Country(
    names=("日本", "Japan", "JP"),
    given={
        "F": _forms(
            "花子/Hanako/ハナコ 陽子/Yoko/ヨウコ 美咲/Misaki/ミサキ 由美/Yumi/ユミ 直美/Naomi/ナオミ 恵子/Keiko/ケイコ 愛子/Aiko/アイコ"
            " 裕子/Yuko/ユウコ 明美/Akemi/アケミ 千代/Chiyo/チヨ 和子/Kazuko/カズコ 真由美/Mayumi/マユミ"
        ),
        "M": _forms(
            "太郎/Taro/タロウ 健一/Kenichi/ケンイチ 大輔/Daisuke/ダイスケ 翔太/Shota/ショウタ 誠/Makoto/マコト 浩/Hiroshi/ヒロシ 隆/Takashi/タカシ"
            " 豊/Yutaka/ユタカ 進/Susumu/ススム 勇/Isamu/イサム 直樹/Naoki/ナオキ 哲也/Tetsuya/テツヤ"
        ),
    },
    surnames=_joined(
        (
            *_SYLLABLES,
            *_forms(
                "松/Matsu/マツ 石/Ishi/イシ 小/O/オ 高/Taka/タカ 上/Ue/ウエ 西/Nishi/ニシ 北/Kita/キタ 森/Mori/モリ 岡/Oka/オカ 吉/Yoshi/ヨシ"
            ),
        ),
        _SYLLABLES,
    ),
    streets=_forms(
        "中央/Chuo/チュウオウ 本町/Honcho/ホンチョウ 桜通り/Sakura-dori/サクラドオリ 緑町/Midoricho/ミドリチョウ 栄/Sakae/サカエ 旭町/Asahimachi/アサヒマチ"
    ),
    cities=_cities("東京/Tokyo:10 大阪/Osaka:53 名古屋/Nagoya:45 札幌/Sapporo:06 京都/Kyoto:60"),
    postal_digits=7,
    phone=("81", ("3", "6", "52", "90", "80"), 8),
    number_first=True,
)
NETHERLANDS = Country(
    names=("Nederland", "Netherlands", "NL"),
    given={
        "F": _forms("Anouk Fleur Femke Lotte Sanne Daphne Maaike Zoë/Zoe Noëlle/Noelle Chloë/Chloe Eva Lieke Tess Marijke Ingrid Wilhelmina Els Roos"),
        "M": _forms("Jan Pieter Daan Sem Bram Lars Thijs/Thys Willem Jeroen Koen Ruben Sjoerd Joost Maarten/Marten René/Rene André/Andre Henk Kees"),
    },
    surnames=_joined(_forms("van_ van_der_/v.d._ van_den_ de_ ter_"), _forms("Berg Dijk/Dyk Heuvel Meer Veen Linden Broek Horst Laan Wal Velde Ven"))
    + _forms("Jansen/Janssen Bakker Visser Smit Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Kuijpers/Kuypers Hoekstra Prins"),
    streets=_joined(
        _forms("Dorps Kerk Molen Stations Juliana Wilhelmina Beatrix Linden Eiken School"), _forms("straat/str. laan weg plein")
    ),
    cities=_cities("Amsterdam:10 Rotterdam:30 Den_Haag/'s-Gravenhage/The_Hague:25 Utrecht:35 Eindhoven:56 Groningen:97"),
    postal_digits=4,
    phone=("31", ("20", "10", "70", "6"), 7),
)  # fmt: skip

COUNTRIES = (GERMANY, FRANCE, SPAIN, BRAZIL, RUSSIA, JAPAN, NETHERLANDS)
