//! Immediate decoding of a whole record, as in pymarc: with its warnings, and an exception at the
//! first fault.

use super::{Record, RecordFlags};
use crate::{
    python::{
        field::Field,
        leader::Leader,
        objects,
        pymarc::{
            exceptions, marc8,
            raw_field::RawField,
            replaced::{adds_fields_itself, names_are_replaced, of_record_module},
        },
    },
    record::{DIRECTORY_ENTRY_LENGTH, LEADER_LENGTH, RecordRef, SUBFIELD_DELIMITER},
};
use pyo3::{
    exceptions::PyAttributeError,
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyInt, PyList, PyString},
};

/// The arguments of `decode_marc`.
pub(crate) struct Decoding<'py> {
    pub(super) to_unicode: bool,
    pub(super) force_utf8: bool,
    pub(super) hide_utf8_warnings: bool,
    pub(super) utf8_handling: Bound<'py, PyAny>,
    pub(super) encoding: Bound<'py, PyAny>,
}

impl<'py> Decoding<'py> {
    /// Makes the arguments, of which `flags` are the first three. None stands for pymarc's default.
    pub(crate) fn new(
        py: Python<'py>,
        flags: [bool; 3],
        utf8_handling: Option<Bound<'py, PyAny>>,
        encoding: Option<Bound<'py, PyAny>>,
    ) -> Self {
        let [to_unicode, force_utf8, hide_utf8_warnings] = flags;
        let or = |given: Option<_>, default: &Bound<'py, PyString>| {
            given.unwrap_or_else(|| default.clone().into_any())
        };
        let utf8_handling = or(utf8_handling, intern!(py, "strict"));
        let encoding = or(encoding, intern!(py, "iso8859-1"));
        Self { to_unicode, force_utf8, hide_utf8_warnings, utf8_handling, encoding }
    }

    /// Returns the flags of a record that is decoded by these arguments.
    pub(super) const fn record_flags(&self) -> RecordFlags {
        RecordFlags::pymarc(self.to_unicode, self.force_utf8)
    }
}

/// The way to decode this record's text, from the options and leader/09.
struct Text<'a, 'py> {
    options: &'a Decoding<'py>,
    /// Encoding of control fields, and of subfields unless `subfields` differs.
    encoding: Bound<'py, PyAny>,
    subfields: Subfields,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Subfields {
    Utf8,
    Marc8,
    AsTheFields,
}

/// Appends the content of the argument `marc` to a record, which is one of pymarc from now on.
pub(super) fn decode_into<'py>(
    record: &Bound<'py, Record>,
    marc: &Bound<'py, PyAny>,
    options: &Decoding<'py>,
) -> PyResult<()> {
    record.get().set_flag(record.py(), RecordFlags::NATIVE, false);
    decode(record, &bytes_of(marc)?, options)
}

/// Appends the content of `marc` to the record.
pub(super) fn decode<'py>(
    record: &Bound<'py, Record>,
    marc: &Bound<'py, PyBytes>,
    options: &Decoding<'py>,
) -> PyResult<()> {
    let (py, bytes) = (record.py(), marc.as_bytes());
    let head = &bytes[..bytes.len().min(LEADER_LENGTH)];
    ascii(py, head)?;
    let Some(leader) = head.first_chunk::<LEADER_LENGTH>() else {
        return Err(exceptions::new(py, "RecordLeaderInvalid", ()));
    };
    let text =
        Text::new(py, leader[9] == b'a', record.get().has(py, RecordFlags::FORCE_UTF8), options)?;
    let leader_object = match names_are_replaced() {
        true => of_record_module(py, "Leader")?.call1((PyString::from_bytes(py, leader)?,))?,
        false => Bound::new(py, Leader::of(py, leader))?.into_any(),
    };
    record.get().put_leader(py, leader_object);

    let base = int(py, &bytes[12..17], false)?;
    if base <= 0 {
        return Err(exceptions::new(py, "BaseAddressNotFound", ()));
    }
    if base >= bytes.len() as i64 {
        return Err(exceptions::new(py, "BaseAddressInvalid", ()));
    }
    if (bytes.len() as i64) < int(py, &leader[..5], true)? {
        return Err(exceptions::new(py, "TruncatedRecord", ()));
    }
    let directory = cut(bytes, LEADER_LENGTH as i64, base - 1);
    ascii(py, directory)?;
    if !directory.len().is_multiple_of(DIRECTORY_ENTRY_LENGTH) {
        return Err(exceptions::new(py, "RecordDirectoryInvalid", ()));
    }
    let is_plain = adds_fields_itself(record.as_any())?;
    let list = record.get().list(py)?;
    for entry in directory.chunks_exact(DIRECTORY_ENTRY_LENGTH) {
        let length = int(py, &entry[3..7], true)?;
        let start = base + int(py, &entry[7..], true)?;
        let field = text.field(py, &entry[..3], cut(bytes, start, start + length - 1))?;
        match list.cast::<PyList>() {
            Ok(list) if is_plain => list.append(field)?,
            // A subclass may have overridden this method, or a program replaced it.
            _ => drop(record.call_method1(intern!(py, "add_field"), (field,))?),
        }
    }
    if directory.is_empty() {
        return Err(exceptions::new(py, "NoFieldsFound", ()));
    }
    Ok(())
}

/// Appends the fields of a damaged record that the repair found.
///
/// It repairs the leader, so that the record can be written: pymarc would write any leader, even
/// one that no program can read.
pub(super) fn decode_repaired<'py>(
    record: &Bound<'py, Record>,
    view: RecordRef<'_>,
    options: &Decoding<'py>,
) -> PyResult<()> {
    let py = record.py();
    let leader = view.leader().mended();
    let text = Text::new(py, leader[9] == b'a', options.force_utf8, options)?;
    record.get().put_leader(py, Bound::new(py, Leader::of(py, &leader))?.into_any());
    let list = record.get().list(py)?.cast_into::<PyList>()?;
    for field in view.fields() {
        list.append(text.field(py, field.tag().as_bytes(), field.as_bytes())?)?;
    }
    Ok(())
}

impl<'a, 'py> Text<'a, 'py> {
    fn new(
        py: Python<'py>,
        says_utf8: bool,
        is_forced: bool,
        options: &'a Decoding<'py>,
    ) -> PyResult<Self> {
        let encoding = match says_utf8 || is_forced {
            true => intern!(py, "utf-8").clone().into_any(),
            false => options.encoding.clone(),
        };
        let subfields = if says_utf8 || options.force_utf8 {
            Subfields::Utf8
        } else if encoding.eq("iso8859-1")? {
            Subfields::Marc8
        } else {
            Subfields::AsTheFields
        };
        Ok(Self { options, encoding, subfields })
    }

    fn field(&self, py: Python<'py>, tag: &[u8], data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        // The directory was checked and is ASCII.
        let name = &String::from_utf8_lossy(tag);
        if tag < b"010".as_slice() && tag.iter().all(u8::is_ascii_digit) {
            let data = match self.options.to_unicode {
                true => self.control_data(py, data)?,
                false => PyBytes::new(py, data).into_any(),
            };
            return self.made(py, Field::control(py, name, &data));
        }
        let mut parts = data.split(|&byte| byte == SUBFIELD_DELIMITER);
        let indicators = self.indicators(py, parts.next().unwrap_or_default(), data)?;
        let subfields = PyList::empty(py);
        for part in parts {
            let Some(&first) = part.first() else { continue };
            if first.is_ascii() {
                let code = char::from(first);
                subfields.append(objects::subfield(py, code, self.value(py, &part[1..])?)?)?;
            } else {
                let (code, skip) = normal_code(py, part)?;
                let value = self.value(py, part.get(skip..).unwrap_or_default())?;
                subfields.append(objects::subfield(py, code, value)?)?;
            }
        }
        self.made(py, Field::with_subfields(py, name, indicators, &subfields)?)
    }

    fn made(&self, py: Python<'py>, field: Field) -> PyResult<Bound<'py, PyAny>> {
        if names_are_replaced() {
            return self.made_by_name(py, &field);
        }
        if self.options.to_unicode {
            return Ok(Bound::new(py, field)?.into_any());
        }
        Ok(Bound::new(py, RawField::of(field))?.into_any())
    }

    /// Calls the class that the module has under the name `Field` or `RawField`.
    #[cold]
    fn made_by_name(&self, py: Python<'py>, field: &Field) -> PyResult<Bound<'py, PyAny>> {
        let name = if self.options.to_unicode { "Field" } else { "RawField" };
        let arguments = PyDict::new(py);
        arguments.set_item("tag", field.tag(py))?;
        if field.is_control(py) {
            arguments.set_item("data", field.data(py)?)?;
        } else {
            arguments.set_item("indicators", field.indicators_of(py)?)?;
            arguments.set_item("subfields", field.live_list(py)?)?;
        }
        of_record_module(py, name)?.call((), Some(&arguments))
    }

    /// Returns two indicators for any bytes.
    fn indicators(&self, py: Python<'py>, found: &[u8], data: &[u8]) -> PyResult<[char; 2]> {
        ascii(py, found)?;
        let (indicators, complaint) = match *found {
            [first, second] => return Ok([char::from(first), char::from(second)]),
            [] => ([' ', ' '], "missing indicators: %s"),
            [only] => ([char::from(only), ' '], "only 1 indicator found: %s"),
            [first, second, ..] => {
                ([char::from(first), char::from(second)], "more than 2 indicators found: %s")
            }
        };
        py.import(intern!(py, "tidemarc.pymarc.record"))?
            .getattr(intern!(py, "logger"))?
            .call_method1(intern!(py, "warning"), (complaint, PyBytes::new(py, data)))?;
        Ok(indicators)
    }

    fn control_data(&self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        if data.is_ascii() && self.subfields != Subfields::AsTheFields {
            return Ok(PyString::from_bytes(py, data)?.into_any());
        }
        PyBytes::new(py, data).call_method1(intern!(py, "decode"), (&self.encoding,))
    }

    fn value(&self, py: Python<'py>, value: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        if !self.options.to_unicode {
            return Ok(PyBytes::new(py, value).into_any());
        }
        let decode = intern!(py, "decode");
        match self.subfields {
            Subfields::Utf8 => match PyString::from_bytes(py, value) {
                Ok(text) => Ok(text.into_any()),
                Err(_) => PyBytes::new(py, value)
                    .call_method1(decode, ("utf-8", &self.options.utf8_handling)),
            },
            Subfields::Marc8 if names_are_replaced() => of_record_module(py, "marc8_to_unicode")?
                .call1((PyBytes::new(py, value), self.options.hide_utf8_warnings)),
            Subfields::Marc8 => {
                marc8::to_unicode(py, value, self.options.hide_utf8_warnings).map(Bound::into_any)
            }
            Subfields::AsTheFields => {
                PyBytes::new(py, value).call_method1(decode, (&self.encoding,))
            }
        }
    }
}

/// Returns the code of a subfield whose first byte is not ASCII, and its length in bytes. The code
/// is the letter without its diacritics. Warns.
#[cold]
fn normal_code<'py>(py: Python<'py>, subfield: &[u8]) -> PyResult<(Bound<'py, PyAny>, usize)> {
    py.import(intern!(py, "tidemarc.pymarc.record"))?
        .getattr(intern!(py, "_bad_subfield_code"))?
        .call1((PyBytes::new(py, subfield),))?
        .extract()
}

/// Raises the exception of `bytes.decode("ascii")`, if any.
fn ascii(py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
    if bytes.is_ascii() {
        return Ok(());
    }
    PyBytes::new(py, bytes).call_method1(intern!(py, "decode"), ("ascii",)).map(drop)
}

/// Returns `int(bytes)` or `int(str)`, whose error messages differ.
pub(crate) fn int(py: Python<'_>, digits: &[u8], is_text: bool) -> PyResult<i64> {
    if digits.iter().all(u8::is_ascii_digit) && !digits.is_empty() {
        return Ok(digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')));
    }
    let int = py.get_type::<PyInt>();
    if is_text {
        int.call1((String::from_utf8_lossy(digits),))?.extract()
    } else {
        int.call1((PyBytes::new(py, digits),))?.extract()
    }
}

/// Returns `bytes[start:end]`; a negative number counts from the end.
fn cut(bytes: &[u8], start: i64, end: i64) -> &[u8] {
    let length = bytes.len() as i64;
    let place = |at: i64| (if at < 0 { (at + length).max(0) } else { at.min(length) }) as usize;
    bytes.get(place(start)..place(end)).unwrap_or_default()
}

/// Returns the argument `marc` as bytes. A `str` raises the error that Python raises for its
/// missing `decode`.
fn bytes_of<'py>(marc: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = marc.cast::<PyBytes>() {
        return Ok(bytes.clone());
    }
    if marc.is_instance_of::<PyString>() {
        return Err(PyAttributeError::new_err("'str' object has no attribute 'decode'"));
    }
    let py = marc.py();
    Ok(py.get_type::<PyBytes>().call1((marc,))?.cast_into()?)
}
