"""Makes wylie.json: words of our own choice in Wylie, and what pyewts makes of them.

    pip install pyewts==1.0.0
    python wylie.py > wylie.json
"""
import json
import sys
import unicodedata
from importlib.metadata import version

import pyewts

WORDS = """
ka kha ga nga ca cha ja nya ta tha da na pa pha ba ma tsa tsha dza wa zha za 'a ya ra la sha sa ha a
ki ku ke ko i u e o kA kI kU kai kau k-i k-I
kya khya gya pya phya bya mya kra khra gra tra thra dra pra phra bra mra shra sra hra dzra
kla gla bla rla sla zla kwa khwa gwa cwa nywa twa dwa tswa tshwa zhwa zwa rwa lwa shwa swa hwa grwa phywa
rka rga rnga rja rnya rta rda rna rba rma rtsa rdza lka lga lnga lca lja lta lda lpa lba lha
ska sga snga snya sta sda sna spa sba sma stsa rkya rgya rmya skya sgya spya sbya smya skra sgra spra sbra smra snra
dag dang dad dan dab dam da' dar dal das bdag mdo mkha' dga' dge dbu dbang dmar dpal g.yag gyag g.yo gyong
gtam gnas gzugs gsang gcig gnyis gsum bzhi lnga drug bdun brgyad dgu bcu brgya stong khri
bsgrubs bskyangs brnyes bsngags brtan bltas bslabs brla bzlas brdzus bkra bkrol bgrod mkhyen mgron 'khrungs 'gro 'phrul 'bras 'dre
dgas dngas dmas dbas 'gas 'bas mags bags dangs mangs legs rigs sems thabs khungs rkyend kund
de'i nga'i mkha'i rgya'i de'o mi'ang bla'am pa'i bu'i rte'u mi'u bka'ang ra'am dge'o 'di'i
bod yig skad rgyal po bstan 'dzin sangs rgyas slob grwa me tog nyi ma zla ba skar ma gnam sa chu rlung
oM hUM hU~M` hrIH pad+me ma Ni pad+ma d+har+ma bud+d+ha sid+d+hi g+ha b+ha dz+ha D+ha k+Sha sat+twa sat+t+wa b+h+ru
swA hA phaT badz+ra gu ru kar+ma karma sarba t+sa
bru+e fa va fo ts^a ka& kaX ka~X k+wa R+ka k+Wa k+Ya
""".split()
PHRASES = [
    "bkra shis bde legs/", "nga bod la 'gro/_/khyod gang du 'gro/", "@#/_/", "ka*kha_ga", "2008 lor", "(ka)<kha>=;|!:",
    "ka [English text, 10%] kha", "/", "//", "ka\nkha", "lhag pa/_gza' phur bu/",
]


def main():
    c = pyewts.pyewts()
    nfc = lambda s: unicodedata.normalize("NFC", s)
    rows = []
    for w in WORDS + PHRASES:
        tib = c.toUnicode(w, sloppy=False)
        rows.append({"wylie": w, "tibetan": nfc(tib), "back": c.toWylie(tib)})
    json.dump({"made_by": f"pyewts {version('pyewts')}", "rows": rows}, sys.stdout, ensure_ascii=False, indent=0)


main()
