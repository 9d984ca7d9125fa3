"""Reading and writing MARCXML."""

import unicodedata as unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any
from xml.sax import make_parser as make_parser
from xml.sax.handler import ContentHandler as ContentHandler
from xml.sax.handler import feature_namespaces as feature_namespaces

from .field import Field as Field
from .field import Indicators as Indicators
from .leader import Leader as Leader
from .marc8 import MARC8ToUnicode as MARC8ToUnicode
from .record import Record as Record

XSI_NS = "http://www.w3.org/2001/XMLSchema-instance"
MARC_XML_NS = "http://www.loc.gov/MARC21/slim"
MARC_XML_SCHEMA = (
    "http://www.loc.gov/MARC21/slim http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"
)


class XmlHandler(ContentHandler):
    """A converter from the events of an XML parser to records.

    A subclass may override ``process_record`` to receive each record as soon as it is complete.
    """

    def __init__(self, strict: bool = False, normalize_form: Any = None) -> None:
        """Accepts only elements of MARCXML's namespace if ``strict``; normalizes their text."""
        self.records: list[Record] = []
        self._record: Record | None = None
        self._field: Field | None = None
        self._subfield_code: str | None = None
        self._text: list[str] = []
        self._strict = strict
        self.normalize_form = normalize_form

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        """Begins a record, a field or a subfield."""
        namespace, element = name
        if self._strict and namespace != MARC_XML_NS:
            return
        self._text = []
        if element == "record":
            self._record = Record()
        elif element == "controlfield":
            self._field = Field(attrs.getValue((None, "tag")))
        elif element == "datafield":
            tag = attrs.getValue((None, "tag"))
            first, second = (attrs.get((None, name), " ") for name in ("ind1", "ind2"))
            self._field = Field(tag, Indicators(first, second))
        elif element == "subfield":
            self._subfield_code = attrs[(None, "code")]

    def endElementNS(self, name: Any, qname: Any) -> None:
        """Ends a record, a field or a subfield, and adds it to its parent."""
        namespace, element = name
        if self._strict and namespace != MARC_XML_NS:
            return
        text = "".join(self._text)
        if self.normalize_form is not None:
            text = unicodedata.normalize(self.normalize_form, text)
        self._end(element, text)
        self._text = []

    def _end(self, element: str, text: str) -> None:
        record, field = self._record, self._field
        if element == "subfield" and field and self._subfield_code:
            field.add_subfield(self._subfield_code, text)
            self._subfield_code = None
        elif not record:
            return
        elif element == "record":
            self.process_record(record)
            self._record = None
        elif element == "leader":
            record.leader = Leader(text)
        elif element in ("controlfield", "datafield") and field:
            if element == "controlfield":
                field.data = text
            record.add_field(field)
            self._field = None

    def characters(self, content: str) -> None:
        """Keeps text until its element ends."""
        self._text.append(content)

    def process_record(self, record: Record) -> None:
        """Keeps a complete record."""
        self.records.append(record)


def parse_xml(xml_file: Any, handler: ContentHandler) -> None:
    """Parses a file (a name or an open file) and passes the events to the handler."""
    parser = make_parser()
    parser.setContentHandler(handler)
    parser.setFeature(feature_namespaces, 1)
    parser.parse(xml_file)


def map_xml(function: Callable[[Record], Any], *files: Any) -> None:
    """Calls a function with each record of the files as soon as the record is complete."""
    handler = XmlHandler()
    handler.process_record = function  # type: ignore[method-assign, assignment]
    for xml_file in files:
        parse_xml(xml_file, handler)


def parse_xml_to_array(
    xml_file: Any, strict: bool = False, normalize_form: Any = None
) -> list[Record]:
    """Returns the records of a file, which is a name or an open file.

    ``strict`` accepts only elements of MARCXML's namespace. ``normalize_form`` is one of the forms
    of ``unicodedata.normalize``.
    """
    handler = XmlHandler(strict, normalize_form)
    parse_xml(xml_file, handler)
    return handler.records


def record_to_xml(record: Record, quiet: bool = False, namespace: bool = False) -> bytes:
    """Returns a record as MARCXML in ASCII; other characters are character references."""
    xml: bytes = ET.tostring(record_to_xml_node(record, quiet, namespace))
    return xml


def record_to_xml_node(
    record: Record, quiet: bool = False, namespace: bool = False
) -> "ET.Element[str]":
    """Returns a record as an element ``record``, with the namespaces if ``namespace`` is true.

    Values that are bytes are decoded as MARC-8. ``quiet`` suppresses reports of unknown codes.
    """
    marc8 = MARC8ToUnicode(quiet=quiet)

    def text_of(value: Any) -> str:
        return value if type(value) is str else marc8.translate(value)

    root = ET.Element("record")
    if namespace:
        root.set("xmlns", MARC_XML_NS)
        root.set("xmlns:xsi", XSI_NS)
        root.set("xsi:schemaLocation", MARC_XML_SCHEMA)
    ET.SubElement(root, "leader").text = str(record.leader)
    for field in record:
        if field.control_field:
            control = ET.SubElement(root, "controlfield")
            control.set("tag", field.tag)
            control.text = text_of(field.data)
            continue
        data = ET.SubElement(root, "datafield")
        indicators: Any = field.indicators
        data.set("ind1", indicators.first)
        data.set("ind2", indicators.second)
        data.set("tag", field.tag)
        for subfield in field:
            part = ET.SubElement(data, "subfield")
            part.set("code", subfield.code)
            part.text = text_of(subfield.value)
    return root
