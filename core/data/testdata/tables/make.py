"""Writes the small tables beside it, one for each way in which tables come.

Python 3.11 with openpyxl 3.1.5 (for the workbook): python3 make.py
The texts are our own and mean little: water, tea, snow, a door.
"""

import datetime
import pathlib

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

here = pathlib.Path(__file__).parent
pairs = [("水", "ཆུ།"), ("喝茶", "ཇ་འཐུང་།"), ("下雪了", "ཁ་བ་བབས།"), ("门开着", "སྒོ་ཕྱེ་ཡོད།")]
table = "zh,bo\r\n" + "".join(f"{zh},{bo}\r\n" for zh, bo in pairs)


def write(name, text, encoding="utf-8"):
    (here / name).write_bytes(text.encode(encoding))


# Encodings.
write("gb18030.csv", table, "gb18030")
write("utf16-mark.txt", table.replace(",", "\t"), "utf-16")
write("utf16-le.csv", table, "utf-16-le")
write("utf16-be.csv", table, "utf-16-be")
write("one-byte-lost.csv", table.replace("喝", "\ue000") + pairs[0][0] + "冰,ཆུ་འཁྱགས།\r\n")
raw = (here / "one-byte-lost.csv").read_bytes().replace("\ue000".encode(), b"\xe5\x96")
(here / "one-byte-lost.csv").write_bytes(raw)

# What spreadsheets write.
write("excel-sep.csv", "sep=;\r\n" + table.replace(",", ";"))
write("excel-quoted.tsv", 'source\treference\r\n"按 ""门"" 键"\t"""སྒོ"" མནོན།"\r\n"水\n茶"\t"ཆུ།\nཇ།"\r\n')
write("quotes-are-letters.tsv", 'source\treference\n"水" 好\tཆུ།\n"茶\tཇ།\n')
write("invisible-ends.csv", "source,reference\n\u00a0水\u00a0,\u200bཆུ།\ufeff\n")

# Headers.
write("codes.tsv", "zho_Hans\tbod_Tibt\tnote\n水\tཆུ།\tx\n")
write("tags.tsv", "zh_Hans\tbo_CN\n水\tཆུ།\n")
write("names.tsv", "Tibetan (bo)\tChinese (Simplified)\nཆུ།\t水\n")
write("names-zh.tsv", "藏文\t中文\t备注\nཆུ།\t水\tx\n")
write("names-bo.tsv", "བོད་ཡིག\tརྒྱ་ཡིག\nཆུ།\t水\n")
write("unknown-names.csv", "frase,tradotta\nཆུ།,水\nཇ།,茶\n")
write("no-names.tsv", "ཆུ།\t水\nཇ།\t茶\n")
write("exchanged.tsv", "source\treference\nཆུ།\t水\nཇ།\t茶\n")

# Translation programs' tables.
write("weblate.csv", '"location","source","target","id","fuzzy","context"\r\n"a:1","水","ཆུ།","","False",""\r\n"a:2","茶","ཇ།","","True",""\r\n"a:3","雪","","","False",""\r\n')
write("crowdin.csv", "Source string,Translation,Context\n水,ཆུ།,menu\n")
write("states.csv", "source,target,status\n水,ཆུ།,translated\n茶,ཇ།,needs-review\n雪,ཁ་བ།,new\n")
write("omegat.txt", "# Glossary in tab-separated format -*- coding: utf-8 -*-\n水\tཆུ།\tnoun\n茶\tཇ།\n")

# JSON.
write("pairs.jsonl", '{"id": "a", "translation": {"zh": "水", "bo": "ཆུ།"}}\n{"translation": {"zh": "茶", "bo": null}}\n')
write("flores.jsonl", '{"zho_Hans": "水", "bod_Tibt": "ཆུ།"}\n{"zho_Hans": ["茶"], "bod_Tibt": "ཇ།"}\n{"zho_Hans": 12, "bod_Tibt": "༡༢"}\nnot json\n')
write("array.json", '[\n {"zh": "水", "bo": "ཆུ།"},\n {"zh": "茶",\n  "bo": "ཇ།"}\n]\n')
write("messages.jsonl", '{"messages": [{"role": "system", "content": "Translate."}, {"role": "user", "content": [{"type": "text", "text": "水"}]}, {"role": "assistant", "content": "ཆུ།"}]}\n'
      '{"messages": [{"role": "user", "content": "茶"}, {"role": "assistant", "content": "ཇ།"}, {"role": "user", "content": "雪"}, {"role": "assistant", "content": "ཁ་བ།"}]}\n')
write("conversations.jsonl", '{"conversations": [{"from": "human", "value": "水"}, {"from": "gpt", "value": "ཆུ།"}]}\n')
write("prompts.jsonl", '{"prompt": [{"role": "user", "content": "雪"}, {"role": "assistant", "content": "ཁ་བ།"}, {"role": "user", "content": "水"}], "completion": [{"role": "assistant", "content": "ཆུ།"}]}\n')
write("prompt.jsonl", '{"prompt": "水", "completion": "ཆུ།"}\n')
write("choices.jsonl", '{"prompt": "水", "chosen": [{"role": "assistant", "content": "ཆུ།"}], "rejected": [{"role": "assistant", "content": "ཇ།"}]}\n')

# gettext.
write("app.po", r'''# our own
msgid ""
msgstr ""
"Language: bo\n"
"X-Source-Language: zh\n"

#: a.c:1
#. on a button
msgctxt "menu"
msgid "水\n"
"茶 \"热\""
msgstr "ཆུ།\n"
"ཇ། \"ཚ་པོ\""

#, fuzzy
#| msgid "雪"
msgid "下雪了"
msgstr "ཁ་བ།"

msgid "门"
msgstr ""

msgid "%d 杯水"
msgid_plural "%d 杯水们"
msgstr[0] "ཆུ་%d"

msgid "坏" x
msgstr "ངན་པ།"
#~ msgid "旧"
#~ msgstr "རྙིང་པ།"
''')

# Translators' XML.
xliff = '<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a" datatype="plaintext" source-language="zh"%s><body>\n%s</body></file></xliff>\n'
write("states.xlf", xliff % (' target-language="bo"', '''<trans-unit id="1"><source>水</source><target state="translated">ཆུ།</target></trans-unit>
<trans-unit id="2"><source>茶</source><target state="needs-translation">茶</target></trans-unit>
<trans-unit id="3"><source>雪</source><target state="new">雪</target></trans-unit>
<trans-unit id="4" approved="no"><source>门</source><target state="needs-review-translation">སྒྲོམ།</target></trans-unit>
<trans-unit id="5" translate="no"><source>ID_7</source><target>ID_7</target></trans-unit>
<group translate="no"><trans-unit id="6"><source>键</source><target>མཐེབ།</target></trans-unit><trans-unit id="7" translate="yes"><source>火</source><target>མེ།</target></trans-unit></group>
<trans-unit id="8"><source>路</source><target/></trans-unit>
'''))
write("no-target-language.xlf", xliff % ("", '<trans-unit id="1"><source>水</source><target>ཆུ།</target></trans-unit>\n'))
write("codes.xlf", xliff % (' target-language="bo"', '''<trans-unit id="1"><source>第<ph id="1">%1</ph>杯<x id="2" equiv-text="%2"/>水<x id="3"/><x id="4" ctype="lb"/>茶</source><target>ཆུ་<ph id="1">%1</ph> <x id="2" equiv-text="%2"/><x id="3"/><x id="4" ctype="lb"/><bpt id="5">&lt;b&gt;</bpt>ཇ།<ept id="5">&lt;/b&gt;</ept></target></trans-unit>
'''))
write("codes20.xlf", '''<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="zh-Hans" trgLang="bo"><file id="f"><unit id="u"><originalData><data id="d1">%3</data></originalData>
<segment state="translated"><source>水<ph id="1" disp="%1"/>和<ph id="2" equiv="%2"/>和<ph id="3" dataRef="d1"/>和<ph id="4"/><cp hex="0041"/></source><target>ཆུ་<ph id="1" disp="%1"/>དང་<ph id="2" equiv="%2"/>དང་<ph id="3" dataRef="d1"/>དང་<ph id="4"/><cp hex="0041"/></target></segment>
<segment state="initial"><source>茶</source><target>ཇ།</target></segment></unit></file></xliff>
''')
write("segments.sdlxliff", '''\ufeff<?xml version="1.0" encoding="utf-8"?><xliff xmlns:sdl="http://sdl.com/FileTypes/SdlXliff/1.0" xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2" sdl:version="1.0"><file original="a" datatype="x-sdlfilterframework2" source-language="zh-CN" target-language="bo-CN"><body>
<trans-unit id="t"><source>水。茶。雪。</source><seg-source><g id="0"><mrk mtype="seg" mid="1">水。</mrk></g> <mrk mtype="seg" mid="2">茶。</mrk><mrk mtype="seg" mid="3">雪。</mrk></seg-source><target><g id="0"><mrk mtype="seg" mid="1">ཆུ།</mrk></g> <mrk mtype="seg" mid="2">ཇ།</mrk><mrk mtype="seg" mid="3"/></target><sdl:seg-defs><sdl:seg id="1" conf="ApprovedTranslation"/><sdl:seg id="2" conf="Draft"/><sdl:seg id="3"/></sdl:seg-defs></trans-unit></body></file></xliff>
''')
tmx = '<?xml version="1.0" encoding="%s"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4"><header srclang="ZH-CN" segtype="sentence"/><body>\n<tu><tuv xml:lang="ZH-CN"><seg>第<ph x="1">%%1</ph>杯<bpt i="1">&lt;b&gt;</bpt>水<ept i="1">&lt;/b&gt;</ept></seg></tuv><tuv xml:lang="BO"><seg>ཆུ་<ph x="1"/></seg></tuv></tu>\n<tu><tuv xml:lang="ZH-CN"><seg>茶</seg></tuv></tu>\n</body></tmx>\n'
write("memory.tmx", tmx % "UTF-16", "utf-16")
write("memory11.tmx", (tmx % "UTF-8").replace("xml:lang", "lang").replace("1.4", "1.1"))

# Texts that are not what their columns say.
write("mojibake.tsv", "source\treference\n" + "".join(bo.encode().decode("latin-1") + "\t" + zh + "\n" for zh, bo in pairs))
write("wylie.tsv", "source\treference\nchu\twater\nja 'thung /\tdrinking tea\n")
write("one-wrong.tsv", "source\treference\n水\tཆུ།\n茶\thello there\n雪\tkha ba/\n门\t" + "སྒོ།".encode().decode("latin-1") + "\nwater\tཆུ།\n")

# A workbook: an empty sheet, a hidden one, then one with formatting inside a cell, numbers and a gap.
book = openpyxl.Workbook()
book.properties.created = book.properties.modified = datetime.datetime(2026, 1, 1)
book.active.title = "empty"
hidden = book.create_sheet("hidden")
hidden.append(["zh", "bo"])
hidden.sheet_state = "hidden"
sheet = book.create_sheet("words")
for row in [["No.", "Chinese", "Tibetan"], [1, "水", "ཆུ།"], [2, CellRichText("喝", TextBlock(InlineFont(b=True), "茶")), "ཇ་འཐུང་།"], [], [4, "雪"], [5, 12, "=CONCATENATE(1,2)"]]:
    sheet.append(row)
book.save(here / "words.xlsx")
