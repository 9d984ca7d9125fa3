//! A record, whose fields become objects on access.

pub(crate) mod as_record;
mod copy;
mod decode;
mod dict;
mod fields;
mod json;
mod leader;
pub(crate) mod live;
mod make;
mod order;
mod origin;
mod patch;
mod place;
mod properties;
mod text;
mod write;

use super::{
    args::truthy::{Explicit, Truthy},
    batch_handle::BatchHandle,
    faults::note,
    gil::{gil_cell::GilCell, nesting::let_go},
    leader::Leader,
    pickle::{Reduced, set_state},
    reading::Reading,
};
use crate::error::{Error, InputName};
pub(crate) use copy::{RecordArgument, RecordState};
pub(crate) use decode::{Decoding, int};
use fields::FieldObjects;
pub(crate) use make::RecordFlags;
use origin::Origin;
pub(crate) use place::advice;
use pyo3::{
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType},
};
use std::mem;

/// A bibliographic record: a leader and fields.
///
/// A record that was read is decoded on access. `fields` is a live list. Every field object that
/// was handed out is kept, so a change to it changes the record.
#[pyclass(frozen, module = "tidemarc", subclass)]
pub(crate) struct Record {
    origin: Option<Origin>,
    fields: GilCell<FieldObjects>,
    /// A `Leader`, or the object that a program has put in its place.
    leader: GilCell<Option<Py<PyAny>>>,
    /// Number of fields that the iteration has returned.
    position: GilCell<u32>,
    /// Bits of [`RecordFlags`].
    flags: GilCell<u8>,
    /// True for a record of a Python subclass, which may override methods.
    is_of_subclass: bool,
    /// The attribute `pos`, which pymarc has and does not use.
    pos: GilCell<Option<Py<PyAny>>>,
}

impl Record {
    #[inline]
    const fn with_origin(origin: Option<Origin>, fields: FieldObjects, flags: RecordFlags) -> Self {
        Self {
            origin,
            fields: GilCell::new(fields),
            leader: GilCell::new(None),
            position: GilCell::new(0),
            flags: GilCell::new(flags.0),
            is_of_subclass: false,
            pos: GilCell::new(None),
        }
    }

    /// Makes a record that tidemarc's own reader has read.
    #[inline]
    pub(crate) fn of_batch(batch: Py<BatchHandle>, at: usize) -> Self {
        let view = batch.get().record_at(at);
        let reading = Reading::Native(batch.get().text_of(&view));
        Self::read(batch, at, reading, RecordFlags::NATIVE_RECORD)
    }

    /// Makes a record that was read; it is decoded on access.
    #[inline]
    pub(crate) const fn read(
        batch: Py<BatchHandle>,
        at: usize,
        reading: Reading,
        flags: RecordFlags,
    ) -> Self {
        let origin = Some(Origin { batch, at: at as u32, reading });
        Self::with_origin(origin, FieldObjects::Untouched, flags)
    }

    /// Returns the content of the record in the input that this record has lost.
    pub(crate) fn lost(&self) -> Vec<Error> {
        self.origin.as_ref().map_or_else(Vec::new, Origin::lost)
    }
}

impl Record {
    /// Releases the objects that may hold others, to any depth.
    #[cold]
    #[inline(never)]
    fn let_all_go(&mut self) {
        let fields = match mem::replace(self.fields.get_mut(), FieldObjects::Untouched) {
            FieldObjects::List(list) => Some(list),
            // `Field` releases its objects itself.
            FieldObjects::Untouched | FieldObjects::Some(_) => None,
        };
        let (leader, pos) = (self.leader.get_mut().take(), self.pos.get_mut().take());
        [fields, leader, pos].into_iter().flatten().for_each(let_go);
    }
}

impl Drop for Record {
    #[inline]
    fn drop(&mut self) {
        // Nearly every record goes as it came.
        if !matches!(self.fields.get_mut(), FieldObjects::List(_))
            && self.leader.get_mut().is_none()
            && self.pos.get_mut().is_none()
        {
            return;
        }
        self.let_all_go();
    }
}

#[pymethods]
impl Record {
    #[new]
    #[classmethod]
    #[pyo3(
        signature = (*_args, **_kwargs),
        text_signature = "(data='', fields=None, to_unicode=True, force_utf8=False, hide_utf8_warnings=False, utf8_handling='strict', leader='                        ', file_encoding='iso8859-1')"
    )]
    fn new(
        cls: &Bound<'_, PyType>,
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        Self::of_class(cls, _args)
    }

    #[pyo3(signature = (data=Explicit(None), fields=None, to_unicode=Truthy(true), force_utf8=Truthy(false), hide_utf8_warnings=Truthy(false), utf8_handling=None, leader=None, file_encoding=None))]
    #[allow(clippy::too_many_arguments, reason = "as many as pymarc has")]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        data: Explicit<'py>,
        fields: Option<Bound<'py, PyAny>>,
        to_unicode: Truthy,
        force_utf8: Truthy,
        hide_utf8_warnings: Truthy,
        utf8_handling: Option<Bound<'py, PyAny>>,
        leader: Option<&Bound<'py, PyAny>>,
        file_encoding: Option<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let flags = [to_unicode.0, force_utf8.0, hide_utf8_warnings.0];
        let options = Decoding::new(slf.py(), flags, utf8_handling, file_encoding);
        Self::fill(slf, data.0.as_ref(), fields, leader, &options)
    }

    /// Appends the fields of a record in ISO 2709, and takes its leader.
    #[pyo3(
        signature = (marc, to_unicode=Truthy(true), force_utf8=Truthy(false), hide_utf8_warnings=Truthy(false), utf8_handling=None, encoding=None),
        text_signature = "($self, marc, to_unicode=True, force_utf8=False, hide_utf8_warnings=False, utf8_handling='strict', encoding='iso8859-1')"
    )]
    fn decode_marc<'py>(
        slf: &Bound<'py, Self>,
        marc: &Bound<'py, PyAny>,
        to_unicode: Truthy,
        force_utf8: Truthy,
        hide_utf8_warnings: Truthy,
        utf8_handling: Option<Bound<'py, PyAny>>,
        encoding: Option<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let flags = [to_unicode.0, force_utf8.0, hide_utf8_warnings.0];
        decode::decode_into(slf, marc, &Decoding::new(slf.py(), flags, utf8_handling, encoding))
    }

    /// True if the record is written in Unicode. A record of pymarc for which it is false holds
    /// bytes.
    #[getter]
    fn to_unicode(&self, py: Python<'_>) -> bool {
        self.has(py, RecordFlags::TO_UNICODE)
    }

    #[setter]
    fn set_to_unicode(&self, py: Python<'_>, to_unicode: Truthy) {
        self.set_flag(py, RecordFlags::TO_UNICODE, to_unicode.0);
    }

    /// True if the record is written in UTF-8 regardless of its leader.
    #[getter]
    fn force_utf8(&self, py: Python<'_>) -> bool {
        self.has(py, RecordFlags::FORCE_UTF8)
    }

    #[setter]
    fn set_force_utf8(&self, py: Python<'_>, force_utf8: Truthy) {
        self.set_flag(py, RecordFlags::FORCE_UTF8, force_utf8.0);
    }

    /// Always 0 unless a program sets it; pymarc has this attribute too.
    #[getter]
    fn pos<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.pos.get(py) {
            Some(pos) => Ok(pos.into_bound(py)),
            None => Ok(0u8.into_pyobject(py)?.into_any()),
        }
    }

    #[setter]
    fn set_pos(&self, py: Python<'_>, pos: Py<PyAny>) {
        self.pos.set(py, Some(pos));
    }

    /// The bytes of the record in the input, for a text format in UTF-8; None for a record that a
    /// program made.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.origin.as_ref().map(|origin| PyBytes::new(py, origin.bytes()))
    }

    /// The number of the record in its input, from 1; faults are counted too. None for a record
    /// that a program made.
    #[getter]
    fn number(&self) -> Option<u64> {
        self.origin.as_ref().map(Origin::number)
    }

    /// The number of the record in all inputs of its reader, from 1; faults are counted too. None for
    /// a record that a program made. A copy by `copy` or `pickle` only knows the number in its own
    /// input.
    #[getter]
    fn overall_number(&self) -> Option<u64> {
        self.origin.as_ref().map(Origin::overall_number)
    }

    /// The offset of the record, in bytes from the start of the input; None for a record that a
    /// program made.
    #[getter]
    fn offset(&self) -> Option<u64> {
        self.origin.as_ref().map(Origin::offset)
    }

    /// The changes that reading the record from a text format made, as `Note` objects.
    #[getter]
    fn conversion_notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        note::tuple(py, self.origin.as_ref().map_or(&[], Origin::notes))
    }

    /// The name of the input, or None.
    #[getter]
    fn source(&self) -> Option<&InputName> {
        self.origin.as_ref()?.name()
    }

    /// The repairs that were made when the record was read, and the unusual data in it: a list of
    /// `Fault`, empty for nearly every record. Later changes to the record do not affect it.
    #[getter]
    fn faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.origin.as_ref().map_or_else(|| Ok(PyList::empty(py)), |origin| origin.faults(py))
    }

    /// Returns a `Fault` for each field that was read with undecodable text, whatever
    /// `encoding_errors` says; an empty list for nearly every record. Later changes to the record do
    /// not affect it.
    fn undecodable<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.origin.as_ref().map_or_else(|| Ok(PyList::empty(py)), |own| own.undecodable(py))
    }

    /// The encoding in which the record was read: `utf-8`, `marc-8`, `iso-5426`, `iso-8859-1` or
    /// `ascii`; None for a record that a program made or that one of Python's codecs decoded.
    #[getter(encoding)]
    fn encoding_name(&self, py: Python<'_>) -> Option<&'static str> {
        let origin = self.origin.as_ref().filter(|_| !self.has(py, RecordFlags::AT_ONCE))?;
        Some(origin.reading.encoding().name())
    }

    /// The reason for this encoding, in words; None for a record that a program made or that was
    /// read as pymarc reads it.
    #[getter]
    fn encoding_reason(&self) -> Option<String> {
        self.origin.as_ref()?.encoding_reason()
    }

    /// The leader. It can be changed in place.
    #[getter(leader)]
    fn live_leader<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.leader.get_or_make(py, || {
            let read = self.leader_read().unwrap_or(*b"          22        4500");
            Ok(Bound::new(py, Leader::of(py, &read))?.into_any())
        })
    }

    #[setter]
    fn set_leader(&self, py: Python<'_>, leader: Py<PyAny>) {
        self.leader.set(py, Some(leader));
    }

    /// The live list of fields. A change to it changes the record.
    #[getter(fields)]
    fn live_fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.list(py)
    }

    #[setter]
    fn set_fields(&self, py: Python<'_>, fields: Py<PyAny>) {
        self.fields.set(py, FieldObjects::List(fields));
    }

    fn __getitem__<'py>(&self, tag: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.find(tag)?.ok_or_else(|| self.no_field(tag))
    }

    fn __contains__(&self, tag: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.contains(tag)
    }

    /// Returns the record itself, which iterates over its fields from the first on.
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf.get().position.set(slf.py(), 0);
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.next_field(py)
    }

    /// Returns the first field with this tag, or `default`.
    #[pyo3(signature = (tag, default=None))]
    fn get<'py>(
        &self,
        tag: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.find(tag)?.or(default))
    }

    /// Returns the fields with these tags, in their order; without tags, the live list of all
    /// fields.
    #[pyo3(signature = (*args))]
    fn get_fields<'py>(&self, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        match args.is_empty() {
            true => self.list(args.py()),
            false => Ok(PyList::new(args.py(), self.find_all(args)?)?.into_any()),
        }
    }

    /// Returns the 880 fields to which $6 links this field.
    fn get_linked_fields<'py>(
        slf: &Bound<'py, Self>,
        field: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        Self::linked_fields(slf, field)
    }

    /// Appends fields.
    #[pyo3(signature = (*fields))]
    fn add_field(&self, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.append(fields)
    }

    /// Inserts each field before the first of a greater hundred (245 after the other 2xx).
    #[pyo3(signature = (*fields))]
    fn add_grouped_field(&self, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.add_sorted(fields, 1)
    }

    /// Inserts each field before the first field with a greater tag.
    #[pyo3(signature = (*fields))]
    fn add_ordered_field(&self, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.add_sorted(fields, usize::MAX)
    }

    /// Removes these field objects. Raises FieldNotFound for an object that is not in the record.
    #[pyo3(signature = (*fields))]
    fn remove_field(&self, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.drop_objects(fields)
    }

    /// Removes every field with one of these tags.
    #[pyo3(signature = (*tags))]
    fn remove_fields(&self, tags: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.drop_tags(tags)
    }

    /// Returns the record in ISO 2709. An unchanged record that tidemarc read is written byte for
    /// byte; a record of pymarc is written as pymarc writes it.
    fn as_marc<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.marc(py)
    }

    /// Returns the same as `as_marc`.
    fn as_marc21<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.marc(py)
    }

    /// Returns the record in MARC-in-JSON, as Python dicts and lists.
    fn as_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        Self::dict(slf)
    }

    /// Returns the record in MARC-in-JSON, as text. The arguments are those of `json.dumps`.
    #[pyo3(signature = (**kwargs))]
    fn as_json<'py>(
        slf: &Bound<'py, Self>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        json::dumps(slf, kwargs)
    }

    /// Returns a copy that does not keep the record's chunk of the input in memory.
    fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("copy")?.call_method1("deepcopy", (slf,))
    }

    /// Returns the record in MARCMaker: `=LDR  …` and one line for each field.
    fn __str__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.lines(py)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        text::shown(slf)
    }

    /// Returns a table of HTML, for notebooks.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("tidemarc._shown")?.call_method1("record", (slf,))
    }

    /// Pickles and copies a record: its original bytes, its position, the objects that were set or
    /// handed out, and the attributes of a Python subclass.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        Self::reduced(slf)
    }

    /// Returns the whole record in the form of pymarc's records: the attributes of a subclass, and
    /// a dict of the other parts.
    fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::state(slf)
    }

    /// Restores the result of `__getstate__`, tidemarc's or pymarc's.
    fn __setstate__<'py>(slf: &Bound<'py, Self>, state: &Bound<'py, PyAny>) -> PyResult<()> {
        set_state(slf.as_any(), state, |name, value| slf.get().put_slot(name, value))
    }

    /// Returns a copy that shares the leader and the list of fields.
    fn __copy__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::shared_copy(slf)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.leader.visit(&visit)?;
        self.pos.visit(&visit)?;
        self.fields.traverse(|fields| match fields {
            FieldObjects::Untouched => Ok(()),
            FieldObjects::Some(made) => made.iter().try_for_each(|cell| cell.visit(&visit)),
            FieldObjects::List(list) => visit.call(list),
        })
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            self.leader.set(py, None);
            self.pos.set(py, None);
            self.fields.set(py, FieldObjects::Untouched);
        });
    }

    /// Restores the flags of the record: tidemarc's or pymarc's, and the way to write it.
    fn _restore(&self, py: Python<'_>, flags: u8) {
        self.flags.set(py, flags);
    }

    /// The title: 245 $a and $b, with a blank between. None without 245 $a.
    #[getter]
    fn title<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::title_in(slf, "245")
    }

    /// The key title: 222 $a and $b, with a blank between. None without 222 $a.
    #[getter]
    fn issn_title<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::title_in(slf, "222")
    }

    /// The ISBN: the first run of digits, hyphens and X in 020 $a, without the hyphens.
    #[getter]
    fn isbn<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::first_isbn(slf)
    }

    /// The ISSN: 022 $a.
    #[getter]
    fn issn<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::first_issn(slf, "a")
    }

    /// The linking ISSN: 022 $l.
    #[getter]
    fn issnl<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::first_issn(slf, "l")
    }

    /// The Superintendent of Documents number: field 086, formatted.
    #[getter]
    fn sudoc<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::first_heading(slf, &["086"])
    }

    /// The main entry: field 100, 110 or 111, formatted.
    #[getter]
    fn author<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::first_heading(slf, &["100", "110", "111"])
    }

    /// The uniform title: field 130 or 240, formatted.
    #[getter]
    fn uniformtitle<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::first_heading(slf, &["130", "240"])
    }

    /// The publisher: $b of 260, or of a 264 with second indicator 1.
    #[getter]
    fn publisher<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::imprint(slf, "b")
    }

    /// The date of publication: $c of 260, or of a 264 with second indicator 1.
    #[getter]
    fn pubyear<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::imprint(slf, "c")
    }

    /// The series fields: 440, 490, and 8xx added entries.
    #[getter]
    fn series<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::all_of(slf, properties::SERIES)
    }

    /// The subject fields, 6xx.
    #[getter]
    fn subjects<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::all_of(slf, properties::SUBJECTS)
    }

    /// The added entries, 7xx.
    #[getter]
    fn addedentries<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::all_of(slf, properties::ADDED_ENTRIES)
    }

    /// The location fields, 852.
    #[getter]
    fn location<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::all_of(slf, properties::LOCATION)
    }

    /// The notes, 5xx.
    #[getter]
    fn notes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::all_of(slf, properties::NOTES)
    }

    /// The physical description fields, 300.
    #[getter]
    fn physicaldescription<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::all_of(slf, properties::PHYSICAL_DESCRIPTION)
    }
}
