"""MARC-in-JSON."""

from typing import Any

from .field import Field as Field
from .field import Indicators as Indicators
from .leader import Leader as Leader
from .reader import JSONReader as JSONReader
from .record import Record as Record


class JSONHandler:
    """A converter from parsed JSON to records. A subclass may override ``process_record``."""

    def __init__(self) -> None:
        """Begins with no records."""
        self.records: list[Record] = []
        self._record: Record | None = None
        self._field: Field | None = None
        self._text: list[str] = []

    def element(self, element_dict: Any, name: str | None = None) -> None:
        """Converts a record, or the part of it that ``name`` names. Empties the dicts."""
        if not name:
            self._record = Record()
            self.element(element_dict, "leader")
        elif name == "leader" and self._record:
            self._record.leader = Leader(element_dict[name])
            self.element(element_dict, "fields")
        elif name == "fields" and self._record:
            for field in element_dict[name]:
                self._record.add_field(self._field_of(*field.popitem()))
            self.process_record(self._record)
        elif name == "subfields" and self._field:
            for subfield in element_dict[name]:
                self._field.add_subfield(*subfield.popitem())

    def _field_of(self, tag: str, content: Any) -> Field:
        self._field = field = Field(tag)
        if field.control_field:
            field.data = content
        else:
            self.element(content, "subfields")
            field.indicators = Indicators(content["ind1"], content["ind2"])
        return field

    def elements(self, dict_list: Any) -> list[Record]:
        """Converts a list of records, or one record."""
        for element in dict_list if type(dict_list) is list else [dict_list]:
            self.element(element)
        return self.records

    def process_record(self, record: Record) -> None:
        """Keeps a complete record."""
        self.records.append(record)


def parse_json_to_array(json_file: Any) -> list[Record]:
    """Returns the records in a file of JSON, or in a string of it."""
    return JSONHandler().elements(JSONReader(json_file).records)
