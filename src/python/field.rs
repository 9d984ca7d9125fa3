//! A field, decoded when it is asked for.

use super::{
    batch_handle::BatchHandle,
    errors::{class, to_exception},
    gil_cell::GilCell,
    text::{strip, to_str},
};
use crate::{
    encoding::{DecodeError, Encoding},
    error::{Error, Place},
    reader::Batch,
    record::{
        DataField, ErrorKind, FIELD_TERMINATOR, Fault, FieldSpan, Indicators, RECORD_TERMINATOR,
        SUBFIELD_DELIMITER, Subfield as RawSubfield, Tag,
    },
};
use pyo3::{
    exceptions::{PyAttributeError, PyKeyError, PyValueError},
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType},
};
use std::{borrow::Cow, sync::Arc};

/// Where the bytes of a field are that was read and not made.
struct Origin {
    batch: Py<BatchHandle>,
    /// Which entry of the batch the record is.
    at: u32,
    /// First byte of the field, from the start of the batch.
    start: u32,
    /// Length of the field, without its terminator.
    length: u32,
    tag: Tag,
    encoding: Encoding,
}

/// A field of a record: control data, or indicators and subfields.
///
/// What is read is decoded when it is first asked for, and what is changed is changed in the
/// record. `subfields` is a live list of `Subfield(code, value)`.
#[pyclass(frozen, module = "tidemarc", subclass)]
pub(super) struct Field {
    origin: Option<Origin>,
    control: bool,
    /// The tag, if it was set; otherwise it is the origin's.
    tag: GilCell<Option<Py<PyString>>>,
    /// Control data, once decoded or set.
    data: GilCell<Option<Py<PyAny>>>,
    /// An `Indicators`, once made or set.
    indicators: GilCell<Option<Py<PyAny>>>,
    /// The live list, once made or set.
    subfields: GilCell<Option<Py<PyList>>>,
}

static SUBFIELD: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static INDICATORS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The text of a data field, cut into indicators and subfields.
struct Parts<'a> {
    indicators: [char; 2],
    /// What stands after the delimiter of the next subfield; `None` at the end.
    rest: Option<&'a str>,
}

/// The text before the next delimiter, and what comes after it.
#[inline]
fn cut(text: &str) -> (&str, Option<&str>) {
    match memchr::memchr(SUBFIELD_DELIMITER, text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

impl<'a> Parts<'a> {
    #[inline]
    fn new(text: &'a str) -> Self {
        if let [first, second, SUBFIELD_DELIMITER, ..] = *text.as_bytes()
            && first.is_ascii()
            && second.is_ascii()
            && first != SUBFIELD_DELIMITER
            && second != SUBFIELD_DELIMITER
        {
            let indicators = [char::from(first), char::from(second)];
            return Self { indicators, rest: Some(&text[3..]) };
        }
        let (before, rest) = cut(text);
        let mut before = before.chars();
        let mut indicator = || before.next().unwrap_or(' ');
        Self { indicators: [indicator(), indicator()], rest }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (&'a str, &'a str);

    /// The next subfield: its code, one character, and its value. Empty ones are passed over.
    #[inline]
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        loop {
            let (subfield, rest) = cut(self.rest?);
            self.rest = rest;
            if let Some(code) = subfield.chars().next() {
                return Some(subfield.split_at(code.len_utf8()));
            }
        }
    }
}

impl Field {
    /// The field that stands at `span` of a record, the entry `at` of a batch.
    #[inline]
    pub(super) fn of_record(
        batch: Py<BatchHandle>,
        at: u32,
        span: FieldSpan,
        encoding: Encoding,
    ) -> Self {
        let FieldSpan { start, length, .. } = span;
        let start = batch.get().entries()[at as usize].start + start;
        let tag = span.tag();
        Self::empty(Some(Origin { batch, at, start, length, tag, encoding }), tag.is_control())
    }

    #[inline]
    const fn empty(origin: Option<Origin>, control: bool) -> Self {
        Self {
            origin,
            control,
            tag: GilCell::new(None),
            data: GilCell::new(None),
            indicators: GilCell::new(None),
            subfields: GilCell::new(None),
        }
    }

    /// The bytes that the field had when it was read, and their encoding.
    #[inline]
    fn bytes(&self) -> Option<(&[u8], Encoding)> {
        let Origin { batch, start, length, encoding, .. } = self.origin.as_ref()?;
        let start = *start as usize;
        Some((&batch.get().as_bytes()[start..start + *length as usize], *encoding))
    }

    /// The exception for bytes that do not decode, with their position.
    #[cold]
    fn undecodable(&self, py: Python<'_>, error: DecodeError) -> PyErr {
        let Some(origin) = &self.origin else { return PyValueError::new_err(error.to_string()) };
        let batch = origin.batch.get();
        let entry = &batch.entries()[origin.at as usize];
        let place = Place {
            offset: Some(batch.offset() + u64::from(origin.start) + error.offset() as u64),
            tag: self.tag_bytes(py).ok(),
            raw: self.bytes().map(|(bytes, _)| bytes.to_vec()).unwrap_or_default().into(),
            ..batch.place_of(entry)
        };
        to_exception(py, &Error::with_cause(Fault::new(ErrorKind::Encoding), place, error))
    }

    /// The text of a field that was read.
    #[inline]
    fn text(&self, py: Python<'_>) -> PyResult<&str> {
        let Some((bytes, encoding)) = self.bytes() else { return Ok("") };
        encoding.decode(bytes).map_err(|error| self.undecodable(py, error))
    }

    pub(super) fn has_tag(&self, py: Python<'_>, tag: &str) -> PyResult<bool> {
        match (self.tag.get(py), &self.origin) {
            (Some(own), _) => Ok(own.bind(py).to_str()? == tag),
            (None, Some(origin)) => Ok(origin.tag == *tag),
            (None, None) => Ok(false),
        }
    }

    /// The first value with this code.
    fn find<'py>(&self, py: Python<'py>, code: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.control {
            return Ok(None);
        }
        if let Some(list) = self.subfields.get(py) {
            for subfield in list.bind(py) {
                if subfield.getattr("code")?.eq(code)? {
                    return subfield.getattr("value").map(Some);
                }
            }
            return Ok(None);
        }
        let found = Parts::new(self.text(py)?).find(|&(own, _)| own == code);
        Ok(found.map(|(_, value)| PyString::new(py, value).into_any()))
    }

    /// $a, or "$a $b": what pymarc calls the title of a 245.
    pub(super) fn title<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if !self.control && !self.subfields.is_some(py) {
            return Ok(title_of(self.text(py)?).map(|title| PyString::new(py, &title).into_any()));
        }
        let Some(title) = self.find(py, "a")? else { return Ok(None) };
        match self.find(py, "b")? {
            Some(rest) if title.is_truthy()? && rest.is_truthy()? => {
                title.add(" ")?.add(rest).map(Some)
            }
            _ => Ok(Some(title)),
        }
    }

    /// The live list of subfields.
    fn subfield_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        if let Some(list) = self.subfields.get(py) {
            return Ok(list.into_bound(py));
        }
        let list = PyList::empty(py);
        if !self.control {
            let class = class(py, &SUBFIELD, "Subfield")?;
            for (code, value) in Parts::new(self.text(py)?) {
                list.append(class.call1((code, value))?)?;
            }
        }
        if let Some(made) = self.subfields.get(py) {
            // Python code that ran meanwhile was faster.
            return Ok(made.into_bound(py));
        }
        self.subfields.set(py, Some(list.clone().unbind()));
        Ok(list)
    }

    fn indicators_of<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(indicators) = self.indicators.get(py) {
            return Ok(Some(indicators.into_bound(py)));
        }
        if self.control {
            return Ok(None);
        }
        let [first, second] = Parts::new(self.text(py)?).indicators;
        class(py, &INDICATORS, "Indicators")?.call1((first, second)).map(Some)
    }

    /// Whether nothing that could be changed has been handed out or set.
    fn is_pristine(&self, py: Python<'_>) -> bool {
        self.origin.is_some()
            && !self.data.is_some(py)
            && !self.indicators.is_some(py)
            && !self.subfields.is_some(py)
    }

    pub(super) fn tag_bytes(&self, py: Python<'_>) -> PyResult<Tag> {
        match (self.tag.get(py), &self.origin) {
            (None, Some(origin)) => Ok(origin.tag),
            (text, _) => {
                let text = text.map_or_else(|| PyString::new(py, ""), |text| text.into_bound(py));
                let text = text.to_str()?;
                Tag::try_from(text).map_err(|error| {
                    PyValueError::new_err(format!("{text:?} cannot be written: {error}"))
                })
            }
        }
    }

    /// The bytes that were read, if the field still says the same.
    fn unchanged(&self, py: Python<'_>) -> PyResult<Option<(&[u8], Encoding)>> {
        let Some(origin) = &self.origin else { return Ok(None) };
        let same = (self.is_pristine(py) || self.says_the_same(py)?)
            && self.has_tag(py, origin.tag.as_str().unwrap_or_default())?;
        Ok(self.bytes().filter(|_| same))
    }

    /// A field that stands alone, in a record of its own, with the number of the record it was
    /// read in and its place in the input.
    fn of_bytes(
        tag: &Bound<'_, PyString>,
        bytes: Vec<u8>,
        is_utf8: bool,
        (number, offset): (u64, u64),
    ) -> PyResult<Self> {
        let py = tag.py();
        let failed = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
        let tag = Tag::try_from(tag.to_str()?).map_err(|error| failed(&error))?;
        let encoding = if is_utf8 { Encoding::Utf8 } else { Encoding::Marc8 };
        let bytes_length = bytes.len();
        let mut record = crate::record::Record::of_parts(
            *crate::record::Record::new().leader().as_bytes(),
            [(tag, bytes)],
        );
        record.leader_mut()[9] = if is_utf8 { b'a' } else { b' ' };
        let record = record.to_iso2709().map_err(|error| failed(&error))?;
        // The field is the only one, behind leader, entry and terminator.
        let base = (record.len() - bytes_length - 2) as u64;
        let batch = Batch::of_one(record, number, offset.saturating_sub(base), None)
            .map_err(|fault| failed(&fault))?;
        let span = batch.spans_of(&batch.entries()[0])[0];
        Ok(Self::of_record(BatchHandle::new(py, Arc::new(batch))?, 0, span, encoding))
    }

    /// Appends the bytes of the field to `target`, without the terminator: those that were read,
    /// where they still say the same, or else what the parts say, in this encoding.
    pub(super) fn write_to(
        &self,
        py: Python<'_>,
        encoding: Encoding,
        target: &mut Vec<u8>,
    ) -> PyResult<()> {
        if let Some((bytes, own)) = self.bytes()
            && own == encoding
            && (self.is_pristine(py) || self.says_the_same(py)?)
        {
            target.extend_from_slice(bytes);
            return Ok(());
        }
        let start = target.len();
        if self.control {
            if let Some(data) = self.data.get(py) {
                push_text(target, &data.bind(py).str()?, encoding)?;
            } else if let Some((bytes, _)) = self.bytes() {
                target.extend_from_slice(bytes);
            }
        } else {
            if let Some(indicators) = self.indicators_of(py)? {
                for indicator in indicators.try_iter()? {
                    push_text(target, indicator?.cast::<PyString>()?, encoding)?;
                }
            }
            if target.len() != start + 2 {
                return Err(PyValueError::new_err("an indicator is one ASCII character"));
            }
            let Some(list) = self.subfields.get(py) else {
                for (code, value) in Parts::new(self.text(py)?) {
                    target.push(SUBFIELD_DELIMITER);
                    push_text(target, &PyString::new(py, code), encoding)?;
                    push_text(target, &PyString::new(py, value), encoding)?;
                }
                return Ok(());
            };
            for subfield in list.bind(py) {
                target.push(SUBFIELD_DELIMITER);
                push_text(target, subfield.getattr("code")?.cast::<PyString>()?, encoding)?;
                push_text(target, subfield.getattr("value")?.cast::<PyString>()?, encoding)?;
            }
        }
        Ok(())
    }

    /// Whether what was handed out still says what was read: nobody changed it.
    fn says_the_same(&self, py: Python<'_>) -> PyResult<bool> {
        let text = self.text(py)?;
        if self.control {
            return match self.data.get(py) {
                Some(data) => data.bind(py).eq(text),
                None => Ok(true),
            };
        }
        let mut parts = Parts::new(text);
        if let Some(indicators) = self.indicators.get(py) {
            let [first, second] = parts.indicators;
            if !indicators.bind(py).eq((first, second))? {
                return Ok(false);
            }
        }
        let Some(list) = self.subfields.get(py) else { return Ok(true) };
        for subfield in list.bind(py) {
            let Some(part) = parts.next() else { return Ok(false) };
            if !subfield.eq(part)? {
                return Ok(false);
            }
        }
        Ok(parts.next().is_none())
    }
}

/// The title in the text of a 245.
fn title_of(text: &str) -> Option<Cow<'_, str>> {
    let (mut title, mut rest) = (None, None);
    for (code, value) in Parts::new(text) {
        match code {
            "a" => title = title.or(Some(value)),
            "b" => rest = rest.or(Some(value)),
            _ => {}
        }
    }
    let title = title?;
    Some(match rest {
        Some(rest) if !title.is_empty() && !rest.is_empty() => {
            Cow::Owned([title, " ", rest].concat())
        }
        _ => Cow::Borrowed(title),
    })
}

/// The values of the subfields in the text of a data field, stripped and joined by blanks.
fn value_of(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for (at, (_, value)) in Parts::new(text).enumerate() {
        if at > 0 {
            joined.push(' ');
        }
        joined.push_str(strip(value));
    }
    joined
}

/// The same of a field's bytes, before they are known to be text: separators and the usual ends of
/// a value are ASCII, and Python checks the rest as it makes the string. `None` if it takes a look
/// at characters to say where a value ends.
fn with_plain_value<R>(field: DataField<'_>, make: impl FnOnce(&[u8]) -> Option<R>) -> Option<R> {
    let Indicators { first, second } = field.indicators();
    let mut subfields = field.subfields();
    let value = subfields.next().and_then(plain_value)?;
    if !first.is_ascii() || !second.is_ascii() {
        return None;
    }
    let Some(next) = subfields.next() else { return make(value) };
    // On the stack; what is longer takes the long way.
    let mut joined = [0; 256];
    let mut length = value.len();
    joined.get_mut(..length)?.copy_from_slice(value);
    for subfield in std::iter::once(next).chain(subfields) {
        let value = plain_value(subfield)?;
        *joined.get_mut(length)? = b' ';
        let start = length + 1;
        length = start + value.len();
        joined.get_mut(start..length)?.copy_from_slice(value);
    }
    make(&joined[..length])
}

/// The value of a subfield with nothing to strip, whose code and ends are ASCII.
#[inline]
fn plain_value(subfield: RawSubfield<'_>) -> Option<&[u8]> {
    let RawSubfield { code, value } = subfield;
    let is_plain = |end: Option<&u8>| end.is_none_or(|byte| matches!(byte, b'!'..=b'~'));
    (code.is_ascii() && is_plain(value.first()) && is_plain(value.last())).then_some(value)
}

/// Appends text in this encoding. The three separators of ISO 2709 would make a corrupt record.
fn push_text(target: &mut Vec<u8>, text: &Bound<'_, PyString>, encoding: Encoding) -> PyResult<()> {
    let text = text.to_str()?;
    if encoding == Encoding::Marc8 && !text.is_ascii() {
        return Err(PyValueError::new_err(format!(
            "{text:?} is not ASCII, and leader/09 says MARC-8, which cannot be written yet; \
             set leader[9] = \"a\" to write UTF-8"
        )));
    }
    let is_separator =
        |byte| matches!(byte, SUBFIELD_DELIMITER | FIELD_TERMINATOR | RECORD_TERMINATOR);
    if text.bytes().any(is_separator) {
        return Err(PyValueError::new_err(format!(
            "{text:?} holds a separator of ISO 2709 (0x1D, 0x1E or 0x1F)"
        )));
    }
    target.extend_from_slice(text.as_bytes());
    Ok(())
}

/// A tag as pymarc takes it: numbers are filled up to three digits.
fn normal_tag<'py>(tag: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    let text = tag.str()?;
    let number = text.to_str()?;
    if number.len() != 3
        && let Ok(number) = number.parse::<u64>()
    {
        return Ok(PyString::new(tag.py(), &format!("{number:03}")));
    }
    Ok(text)
}

#[pymethods]
impl Field {
    #[new]
    #[pyo3(signature = (tag, indicators=None, subfields=None, data=None, *, _raw=None))]
    fn new(
        tag: &Bound<'_, PyAny>,
        indicators: Option<&Bound<'_, PyAny>>,
        subfields: Option<Bound<'_, PyList>>,
        data: Option<Py<PyAny>>,
        _raw: Option<(Vec<u8>, bool, u64, u64)>,
    ) -> PyResult<Self> {
        if let Some((bytes, is_utf8, number, offset)) = _raw {
            return Self::of_bytes(tag.cast()?, bytes, is_utf8, (number, offset));
        }
        let py = tag.py();
        let tag = normal_tag(tag)?;
        let text = tag.to_str()?;
        let control = text < "010" && text.bytes().all(|byte| byte.is_ascii_digit());
        let field = Self::empty(None, control);
        field.tag.set(py, Some(tag.clone().unbind()));
        if control {
            field.data.set(py, data);
            return Ok(field);
        }
        let subfields = subfields.unwrap_or_else(|| PyList::empty(py));
        if subfields.get_item(0).is_ok_and(|first| first.is_instance_of::<PyString>()) {
            return Err(PyValueError::new_err("subfields are Subfield(code, value), not strings"));
        }
        field.subfields.set(py, Some(subfields.unbind()));
        let blanks = (" ", " ").into_pyobject(py)?.into_any();
        let given = indicators.filter(|given| given.is_truthy().unwrap_or(true));
        field.set_indicators(given.unwrap_or(&blanks))?;
        Ok(field)
    }

    /// The tag: three characters.
    #[getter]
    fn tag<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        match (self.tag.get(py), &self.origin) {
            (Some(text), _) => text.into_bound(py),
            (None, Some(origin)) => PyString::new(py, origin.tag.as_str().unwrap_or_default()),
            (None, None) => PyString::new(py, ""),
        }
    }

    #[setter]
    fn set_tag(&self, tag: &Bound<'_, PyString>) {
        self.tag.set(tag.py(), Some(tag.clone().unbind()));
    }

    /// Whether this is a control field: it has data, and no indicators or subfields.
    #[getter]
    const fn control_field(&self) -> bool {
        self.control
    }

    /// The data of a control field; None for any other.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(data) = self.data.get(py) {
            return Ok(Some(data.into_bound(py)));
        }
        if !self.control {
            return Ok(None);
        }
        let Some((bytes, encoding)) = self.bytes() else { return Ok(None) };
        let data = to_str(py, bytes, encoding).map_err(|error| self.undecodable(py, error))?;
        self.data.set(py, Some(data.clone().into_any().unbind()));
        Ok(Some(data.into_any()))
    }

    #[setter]
    fn set_data(&self, py: Python<'_>, data: Py<PyAny>) {
        self.data.set(py, Some(data));
    }

    /// `Indicators(first, second)`; None for a control field.
    #[getter]
    fn indicators<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let indicators = self.indicators_of(py)?;
        if let Some(newer) = self.indicators.get(py) {
            // Python code that ran meanwhile may have set others.
            return Ok(Some(newer.into_bound(py)));
        }
        self.indicators.set(py, indicators.as_ref().map(|indicators| indicators.clone().unbind()));
        Ok(indicators)
    }

    #[setter]
    fn set_indicators(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if value.len()? != 2 {
            return Err(PyValueError::new_err("indicators are two characters"));
        }
        let py = value.py();
        let class = class(py, &INDICATORS, "Indicators")?;
        let indicators = class.call1((value.get_item(0)?, value.get_item(1)?))?;
        self.indicators.set(py, Some(indicators.unbind()));
        Ok(())
    }

    /// The first indicator; `""` for a control field.
    #[getter]
    fn indicator1<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.indicator(py, 0)
    }

    #[setter]
    fn set_indicator1(&self, py: Python<'_>, value: &str) -> PyResult<()> {
        self.set_indicator(py, "first", value)
    }

    /// The second indicator; `""` for a control field.
    #[getter]
    fn indicator2<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.indicator(py, 1)
    }

    #[setter]
    fn set_indicator2(&self, py: Python<'_>, value: &str) -> PyResult<()> {
        self.set_indicator(py, "second", value)
    }

    /// The live list of `Subfield(code, value)`: what is changed in it is changed in the record.
    #[getter(subfields)]
    fn live_subfields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.subfield_list(py)
    }

    #[setter]
    fn set_subfields(&self, subfields: Bound<'_, PyList>) {
        self.subfields.set(subfields.py(), Some(subfields.unbind()));
    }

    /// The value of the first subfield with this code, or `default`.
    #[pyo3(signature = (code, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        code: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.find(py, code)?.or(default))
    }

    fn __getitem__<'py>(&self, py: Python<'py>, code: &str) -> PyResult<Bound<'py, PyAny>> {
        self.find(py, code)?.ok_or_else(|| PyKeyError::new_err(code.to_owned()))
    }

    fn __setitem__(&self, py: Python<'_>, code: &str, value: Bound<'_, PyAny>) -> PyResult<()> {
        if self.control {
            return Err(PyKeyError::new_err("field is a control field"));
        }
        let list = self.subfield_list(py)?;
        let mut found = None;
        for (at, subfield) in list.iter().enumerate() {
            if subfield.getattr("code")?.eq(code)? {
                if found.is_some() {
                    return Err(PyKeyError::new_err(format!("more than one code '{code}'")));
                }
                found = Some(at);
            }
        }
        let at = found.ok_or_else(|| PyKeyError::new_err(format!("no code '{code}'")))?;
        list.set_item(at, class(py, &SUBFIELD, "Subfield")?.call1((code, value))?)
    }

    fn __contains__(&self, py: Python<'_>, code: &str) -> PyResult<bool> {
        Ok(self.find(py, code)?.is_some())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.subfield_list(py)?.try_iter()?.into_any())
    }

    /// The values of the subfields with these codes, in the order of the field.
    #[pyo3(signature = (*codes))]
    fn get_subfields<'py>(
        &self,
        py: Python<'py>,
        codes: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        let values = PyList::empty(py);
        if self.control {
            return Ok(values);
        }
        if let Some(list) = self.subfields.get(py) {
            for subfield in list.bind(py) {
                if codes.contains(subfield.getattr("code")?)? {
                    values.append(subfield.getattr("value")?)?;
                }
            }
            return Ok(values);
        }
        let wanted = codes
            .iter()
            .map(|code| Ok(code.cast_into::<PyString>()?.to_str()?.to_owned()))
            .collect::<PyResult<Vec<String>>>()?;
        for (code, value) in Parts::new(self.text(py)?) {
            if wanted.iter().any(|wanted| wanted == code) {
                values.append(value)?;
            }
        }
        Ok(values)
    }

    /// Appends a subfield, or inserts it at `pos`.
    #[pyo3(signature = (code, value, pos=None))]
    fn add_subfield(
        &self,
        py: Python<'_>,
        code: &str,
        value: Bound<'_, PyAny>,
        pos: Option<isize>,
    ) -> PyResult<()> {
        if self.control {
            return Ok(());
        }
        let list = self.subfield_list(py)?;
        let subfield = class(py, &SUBFIELD, "Subfield")?.call1((code, value))?;
        let end = list.len() as isize;
        list.call_method1("insert", (pos.unwrap_or(end).min(end), subfield)).map(drop)
    }

    /// Removes the first subfield with this code, and returns its value, or None.
    fn delete_subfield<'py>(
        &self,
        py: Python<'py>,
        code: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let list = self.subfield_list(py)?;
        for (at, subfield) in list.iter().enumerate() {
            if subfield.getattr("code")?.eq(code)? {
                list.del_item(at)?;
                return subfield.getattr("value").map(Some);
            }
        }
        Ok(None)
    }

    /// The codes, each with the list of its values.
    fn subfields_as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for subfield in self.subfield_list(py)? {
            let code = subfield.getattr("code")?;
            let values = match dict.get_item(&code)? {
                Some(values) => values.cast_into::<PyList>()?,
                None => {
                    let values = PyList::empty(py);
                    dict.set_item(code, &values)?;
                    values
                }
            };
            values.append(subfield.getattr("value")?)?;
        }
        Ok(dict)
    }

    /// The data of a control field, or the values of all subfields, stripped and joined by blanks.
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.control {
            return Ok(match self.data(py)? {
                Some(data) if data.is_truthy()? => data,
                _ => PyString::new(py, "").into_any(),
            });
        }
        let mut joined = String::new();
        if let Some(list) = self.subfields.get(py) {
            for (at, subfield) in list.bind(py).iter().enumerate() {
                if at > 0 {
                    joined.push(' ');
                }
                let value = subfield.getattr("value")?;
                joined.push_str(strip(value.cast::<PyString>()?.to_str()?));
            }
        } else {
            if let Some((bytes, Encoding::Utf8)) = self.bytes()
                && let field = DataField::new(Tag::default(), bytes)
                && let Some(value) =
                    with_plain_value(field, |value| PyString::from_bytes(py, value).ok())
            {
                return Ok(value.into_any());
            }
            return Ok(PyString::new(py, &value_of(self.text(py)?)).into_any());
        }
        Ok(PyString::new(py, &joined).into_any())
    }

    /// `=245  10$aTitle`, the line of MARCMaker; a blank is a backslash where it is not text.
    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        let mut line = format!("={}  ", self.tag(py));
        if self.control {
            let data = self.value(py)?.str()?.to_str()?.replace(' ', "\\");
            return Ok(line + &data);
        }
        if let Some(indicators) = self.indicators_of(py)? {
            for indicator in indicators.try_iter()? {
                line.push_str(&indicator?.str()?.to_str()?.replace(' ', "\\"));
            }
        }
        for subfield in self.subfield_list(py)? {
            line.push('$');
            line.push_str(subfield.getattr("code")?.str()?.to_str()?);
            line.push_str(subfield.getattr("value")?.str()?.to_str()?);
        }
        Ok(line)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<tidemarc.Field {}>", self.__str__(py)?))
    }

    /// Pickles and copies a field: by the bytes it was read from, if it still says the same, or by
    /// its parts; and by the attributes that a Python subclass gave it.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let py = slf.py();
        let field = slf.get();
        let restore = py.import("tidemarc._types")?.getattr("restore_field")?;
        let raw = match (field.unchanged(py)?, &field.origin) {
            (Some((bytes, encoding)), Some(Origin { batch, at, start, .. })) => {
                let batch = batch.get();
                let number = batch.number_of(&batch.entries()[*at as usize]);
                let offset = batch.offset() + u64::from(*start);
                Some((PyBytes::new(py, bytes), encoding == Encoding::Utf8, number, offset))
            }
            _ => None,
        };
        let mut parts = (None, None, None);
        if raw.is_none() {
            parts = match field.control {
                true => (None, None, field.data(py)?),
                false => (field.indicators_of(py)?, Some(field.subfield_list(py)?), None),
            };
        }
        let (indicators, subfields, data) = parts;
        let parts = (slf.get_type(), field.tag(py), indicators, subfields, data, raw);
        let attributes = slf.getattr_opt("__dict__")?.unwrap_or_else(|| py.None().into_bound(py));
        Ok((restore, parts.into_pyobject(py)?, attributes))
    }
}

/// What `__reduce__` returns: a function, its arguments, and the attributes.
pub(super) type Reduced<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>, Bound<'py, PyAny>);

impl Field {
    fn indicator<'py>(&self, py: Python<'py>, at: usize) -> PyResult<Bound<'py, PyAny>> {
        match self.indicators_of(py)? {
            Some(indicators) => indicators.get_item(at),
            None => Ok(PyString::new(py, "").into_any()),
        }
    }

    fn set_indicator(&self, py: Python<'_>, name: &str, value: &str) -> PyResult<()> {
        let Some(indicators) = self.indicators_of(py)? else {
            return Err(PyAttributeError::new_err("a control field has no indicators"));
        };
        let change = PyDict::new(py);
        change.set_item(name, value)?;
        let changed = indicators.call_method("_replace", (), Some(&change))?;
        self.indicators.set(py, Some(changed.unbind()));
        Ok(())
    }
}
