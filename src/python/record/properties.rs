//! The fields that many programs access, under pymarc's names.

use super::{FieldObjects, Record};
use crate::{
    python::{
        field::{Field, plain_title},
        gil::nesting::{ask, attribute, call},
        objects::elements,
        pymarc::exceptions,
    },
    record::Tag,
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyList, PyString, PyTuple},
};

pub(super) const SERIES: &str = "440 490 800 810 811 830";
pub(super) const SUBJECTS: &str = "600 610 611 630 648 650 651 653 654 655 656 657 658 662 690 \
                                   691 696 697 698 699";
pub(super) const ADDED_ENTRIES: &str = "700 710 711 720 730 740 752 753 754 790 791 792 793 796 \
                                        797 798 799";
pub(super) const LOCATION: &str = "852";
pub(super) const NOTES: &str = "500 501 502 504 505 506 507 508 510 511 513 514 515 516 518 520 \
                                521 522 524 525 526 530 533 534 535 536 538 540 541 544 545 546 \
                                547 550 552 555 556 561 562 563 565 567 580 581 583 584 585 586 \
                                590 591 592 593 594 595 596 597 598 599";
pub(super) const PHYSICAL_DESCRIPTION: &str = "300";

impl Record {
    /// Returns $a and $b of the first field with this tag. Makes no field object if none was made
    /// before.
    pub(super) fn title_in<'py>(
        &self,
        py: Python<'py>,
        tag: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let (FieldObjects::Untouched, Some(origin)) = (self.fields.get(py), &self.origin) {
            let Some(tag) = Tag::try_from(tag).ok() else { return Ok(None) };
            let Some(span) = origin.spans().iter().find(|span| span.tag() == tag) else {
                return Ok(None);
            };
            if !tag.is_control()
                && let Some(bytes) = origin
                    .view()
                    .as_bytes()
                    .get(span.start as usize..(span.start + span.length) as usize)
                && let Some(title) = plain_title(py, bytes, origin.reading)
            {
                return Ok(title);
            }
            return origin.field(py, *span).title(py);
        }
        let Some(field) = self.find_tag(py, tag)? else { return Ok(None) };
        match field.cast::<Field>() {
            Ok(field) => field.get().title(py),
            Err(_) => ask(|| field.call_method1(intern!(py, "get"), ("a",))).map(Some),
        }
    }

    pub(super) fn first_value<'py>(
        &self,
        py: Python<'py>,
        tag: &str,
        code: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.find_tag(py, tag)? {
            Some(field) => value_in(&field, code),
            None => Ok(None),
        }
    }

    pub(super) fn first_isbn<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(value) = self.first_value(py, "020", "a")? else { return Ok(None) };
        if !value.is_truthy()? {
            return Ok(None);
        }
        let Ok(text) = value.cast::<PyString>().map_err(PyErr::from).and_then(|text| text.to_str())
        else {
            // Rust cannot represent the text (surrogates), or it is not text: the regular
            // expression decides.
            let regex = py.import("tidemarc.pymarc.record")?.getattr("isbn_regex")?;
            let found = regex.call_method1("search", (value,))?;
            if found.is_none() {
                return Ok(None);
            }
            return found.call_method1("group", (1,))?.call_method1("replace", ("-", "")).map(Some);
        };
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | 'x' | 'X');
        let run: String =
            text.chars().skip_while(|&c| !is_part(c)).take_while(|&c| is_part(c)).collect();
        Ok((!run.is_empty()).then(|| PyString::new(py, &run.replace('-', "")).into_any()))
    }

    /// Returns the first field of the first of these tags that the record has, as a heading.
    pub(super) fn first_heading<'py>(
        &self,
        py: Python<'py>,
        tags: &[&str],
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        for tag in tags {
            if let Some(field) = self.find_tag(py, tag)? {
                return call(&field, intern!(py, "format_field")).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns the value of this code in the first field about publication.
    pub(super) fn imprint<'py>(
        &self,
        py: Python<'py>,
        code: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        for field in elements(self.all_of(py, "260 264")?.as_any())? {
            let is_264 = attribute(&field, intern!(py, "tag"))?.eq("264")?;
            if !is_264 || attribute(&field, intern!(py, "indicator2"))?.eq("1")? {
                return value_in(&field, code);
            }
        }
        Ok(None)
    }

    /// Returns the 880 fields with the occurrence number in $6 of this field.
    pub(super) fn linked_fields<'py>(
        &self,
        field: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = field.py();
        let number_of =
            |field: &Bound<'py, PyAny>| call(field, intern!(py, "linkage_occurrence_num"));
        let number = number_of(field)?;
        let linked = PyList::empty(py);
        for other in elements(self.all_of(py, "880")?.as_any())? {
            if number_of(&other)?.eq(&number)? {
                linked.append(other)?;
            }
        }
        if !number.is_none() && linked.is_empty() {
            return Err(exceptions::new(py, "MissingLinkedFields", (field,)));
        }
        Ok(linked)
    }

    /// Returns all fields with these tags, which are separated by blanks.
    pub(super) fn all_of<'py>(&self, py: Python<'py>, tags: &str) -> PyResult<Bound<'py, PyList>> {
        let tags = tags.split_ascii_whitespace().collect::<Vec<_>>();
        PyList::new(py, self.find_all(&PyTuple::new(py, tags)?)?)
    }
}

fn value_in<'py>(field: &Bound<'py, PyAny>, code: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let value = ask(|| field.call_method1(intern!(field.py(), "get"), (code,)))?;
    Ok(Some(value).filter(|value| !value.is_none()))
}
