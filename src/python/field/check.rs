//! Checks of the values that are set in a field that tidemarc read. Fields of pymarc, and fields
//! that a program made, accept any value, as in pymarc: they are checked when tidemarc writes them.

use super::Field;
use crate::{
    error::beginning,
    python::{
        faults::refused::{Refused, type_name},
        gil::nesting::str_of,
        objects::{code_of, elements, indicator, value_of},
        reading::Reading,
    },
    record::{InvalidTag, Tag},
};
use pyo3::{
    exceptions::{PyAttributeError, PyTypeError, PyValueError},
    prelude::*,
    types::{PyList, PyString, PyTuple},
};

impl Field {
    /// Returns true if tidemarc's reader read the field.
    #[inline]
    pub(super) fn is_native(&self) -> bool {
        self.origin.as_ref().is_some_and(|origin| matches!(origin.reading, Reading::Native(_)))
    }

    /// Returns the tag for a message, whatever its type.
    pub(super) fn tag_shown(&self, py: Python<'_>) -> String {
        let text = str_of(&self.tag(py));
        text.map_or_else(|_| "?".into(), |text| text.to_string_lossy().into_owned())
    }

    /// Checks a new tag.
    pub(super) fn check_tag(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if !self.is_native() {
            return Ok(());
        }
        let py = value.py();
        let old = self.tag_shown(py);
        let text = text_of(value, || format!("the tag of field {old}"))?;
        let Ok(tag) = Tag::try_from(text.to_str().unwrap_or_default()) else {
            let shown = shown(value);
            return Err(invalid(format!("field {old} cannot have the tag {shown}: {InvalidTag}")));
        };
        match self.is_control(py) == tag.is_control() {
            true => Ok(()),
            false => Err(invalid(format!(
                "field {old} cannot become field {tag}: {}; make a new Field",
                of_other_kind(self.is_control(py))
            ))),
        }
    }

    /// Checks that the field may become a control field, or a data field.
    pub(super) fn check_kind(&self, py: Python<'_>, control: bool) -> PyResult<()> {
        if !self.is_native() || control == self.is_control(py) {
            return Ok(());
        }
        let (tag, kind) = (self.tag_shown(py), of_other_kind(self.is_control(py)));
        Err(invalid(format!("control_field of field {tag} is set by its tag: {kind}")))
    }

    /// Checks new control data.
    pub(super) fn check_data(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if !self.is_native() {
            return Ok(());
        }
        let tag = self.tag_shown(value.py());
        match self.is_control(value.py()) {
            true => text_of(value, || format!("the data of field {tag}")).map(drop),
            false if value.is_none() => Ok(()),
            false => Err(invalid(format!(
                "field {tag} has indicators and subfields, and cannot have the data {}",
                shown(value)
            ))),
        }
    }

    /// Checks new indicators, and converts them to a pair.
    pub(super) fn check_indicators(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if !self.is_native() {
            return Ok(());
        }
        let py = value.py();
        let tag = self.tag_shown(py);
        if self.is_control(py) {
            return match value.is_none() {
                true => Ok(()),
                false => Err(invalid(format!(
                    "field {tag} is a control field, and cannot have the indicators {}",
                    shown(value)
                ))),
            };
        }
        if value.is_none() {
            let reason = format!("the indicators of field {tag} are two characters, not None");
            return Err(PyTypeError::new_err(reason));
        }
        for (at, name) in ["first", "second"].into_iter().enumerate() {
            let value = indicator(value, at)?;
            let text = text_of(&value, || format!("the {name} indicator of field {tag}"))?;
            if !matches!(text.to_str().unwrap_or_default().as_bytes(), [b' '..=b'~']) {
                return Err(invalid(format!(
                    "the {name} indicator of field {tag} is one ASCII character, not {}",
                    shown(&value)
                )));
            }
        }
        Ok(())
    }

    /// Checks a new list of subfields.
    pub(super) fn check_list(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if !self.is_native() {
            return Ok(());
        }
        let tag = self.tag_shown(value.py());
        if !value.is_instance_of::<PyList>() && !value.is_instance_of::<PyTuple>() {
            return Err(PyTypeError::new_err(format!(
                "the subfields of field {tag} must be a list of Subfield, not {}",
                type_name(value)
            )));
        }
        for subfield in elements(value)? {
            let (code, value) = pair_of(&subfield)
                .map_err(|refused| refused.at(value.py(), Some(&tag), None, None))?;
            self.check_subfield(&code, &value)?;
        }
        Ok(())
    }

    /// Checks a new subfield.
    pub(super) fn check_subfield(
        &self,
        code: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if !self.is_native() {
            return Ok(());
        }
        let py = code.py();
        let tag = || self.tag_shown(py);
        if self.is_control(py) {
            return Err(invalid(format!(
                "field {} is a control field, and cannot have the subfield {}",
                tag(),
                shown(code)
            )));
        }
        if text_of(code, || format!("a subfield code of field {}", tag()))?.len()? != 1 {
            let (tag, shown) = (tag(), shown(code));
            return Err(invalid(format!(
                "a subfield code of field {tag} is one character, not {shown}"
            )));
        }
        text_of(value, || format!("the value of subfield {code} of field {}", tag())).map(drop)
    }

    pub(super) fn tag_bytes(&self, py: Python<'_>) -> Result<Tag, Refused> {
        if let Some(tag) = self.read_tag(py) {
            return Ok(tag);
        }
        let text = str_of(&self.tag(py))?;
        let tag = text.to_str().ok().and_then(|text| Tag::try_from(text).ok());
        tag.ok_or_else(|| Refused::Unwritable(format!("{text:?} cannot be written: {InvalidTag}")))
    }

    /// Returns the tag to write. It must fit the kind of the field: a control field with the tag of
    /// a data field, or the reverse, cannot be read again.
    pub(crate) fn tag_to_write(&self, py: Python<'_>) -> Result<Tag, Refused> {
        let tag = self.tag_bytes(py)?;
        match tag.is_control() == self.is_control(py) {
            true => Ok(tag),
            false => Err(Refused::Unwritable(format!(
                "tag {tag} does not fit the field: {}",
                of_other_kind(self.is_control(py))
            ))),
        }
    }
}

/// Returns code and value of an element of a list of subfields.
pub(super) fn pair_of<'py>(
    subfield: &Bound<'py, PyAny>,
) -> Result<(Bound<'py, PyAny>, Bound<'py, PyAny>), Refused> {
    let pair = || Ok((code_of(subfield)?, value_of(subfield)?));
    pair().map_err(|error: PyErr| match error.is_instance_of::<PyAttributeError>(subfield.py()) {
        true => Refused::WrongType(format!(
            "a subfield must be Subfield(code, value), not {} ({})",
            shown(subfield),
            type_name(subfield)
        )),
        false => Refused::Raised(error),
    })
}

/// Returns the name of the other kind of field, for a message.
const fn of_other_kind(is_control: bool) -> &'static str {
    match is_control {
        true => "it is a control field, which has tags 001 to 009, and data",
        false => "it is a data field, which has other tags than 001 to 009, and subfields",
    }
}

/// Returns the value as text. `what` names it in the error if it is not text.
fn text_of<'a, 'py>(
    value: &'a Bound<'py, PyAny>,
    what: impl FnOnce() -> String,
) -> PyResult<&'a Bound<'py, PyString>> {
    value.cast::<PyString>().map_err(|_| {
        let (what, shown, name) = (what(), shown(value), type_name(value));
        PyTypeError::new_err(format!("{what} must be str, not {shown} ({name})"))
    })
}

/// Returns a value for a message: only its beginning if it is long.
fn shown(value: &Bound<'_, PyAny>) -> String {
    let shown = value.repr().map(|shown| shown.to_string_lossy().into_owned());
    shown.map_or_else(|_| "?".into(), |shown| beginning(&shown).into_owned())
}

fn invalid(reason: String) -> PyErr {
    PyValueError::new_err(reason)
}
