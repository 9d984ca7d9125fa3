#!/usr/bin/env bash
# Tantivy and scikit-learn: words in decomposed Unicode are cut into pieces at their accents.
#
# Expected: "Dvořák" is one word, whether its accents are part of the letters (NFC) or follow them (NFD); at most the two forms
#           do not match each other.
# Happens:  both take a combining accent for the end of a word. Tantivy indexes "dvor", "a" and "k", scikit-learn "dvor" alone.
#           A search for "Dvořák" in NFC finds nothing, and one for "k" finds the book. SQLite's FTS5 is not affected.
# Matters:  MARC 21 text that comes from MARC-8 is decomposed, as in the files of the Library of Congress. Everyone who types a
#           query on a keyboard sends NFC. Normalise to NFC before indexing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: tantivy==0.27.0 scikit-learn==1.9.1
venv/bin/python - <<'EOF'
import importlib.metadata
import sqlite3
import sys
import unicodedata

import tantivy
from sklearn.feature_extraction.text import CountVectorizer

composed = "Antonín Dvořák"
decomposed = unicodedata.normalize("NFD", composed)
queries = ["dvořák", "k"]


def tantivy_hits(text):
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("title")
    index = tantivy.Index(builder.build())
    writer = index.writer()
    writer.add_document(tantivy.Document(title=text))
    writer.commit()
    index.reload()
    return [index.searcher().search(index.parse_query(query, ["title"])).count for query in queries]


def sqlite_hits(text):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE book USING fts5(title)")
    connection.execute("INSERT INTO book VALUES (?)", (text,))
    sql = "SELECT count(*) FROM book WHERE book MATCH ?"
    return [connection.execute(sql, (query,)).fetchone()[0] for query in queries]


def sklearn_words(text):
    return list(CountVectorizer().fit([text]).get_feature_names_out())


print("tantivy", importlib.metadata.version("tantivy"))
print("scikit-learn", importlib.metadata.version("scikit-learn"))
print("sqlite", sqlite3.sqlite_version)
seen = []
for name, text in (("NFC", composed), ("NFD", decomposed)):
    seen.append((tantivy_hits(text), sqlite_hits(text), sklearn_words(text)))
    print(f"{name}: hits for {queries}: tantivy {seen[-1][0]}, FTS5 {seen[-1][1]}; words in scikit-learn: {seen[-1][2]}")
if seen != [([1, 0], [1, 0], ["antonín", "dvořák"]), ([0, 1], [1, 0], ["antoni", "dvor"])]:
    sys.exit("The behaviour has changed.")
EOF
