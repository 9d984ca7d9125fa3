//! The fields that many programs access, under pymarc's names.

use super::{FieldObjects, Record};
use crate::{
    python::{
        field::plain_title,
        gil::nesting::{ask, attribute, call, item, str_of},
        objects::elements,
        pymarc::{
            exceptions,
            replaced::{names_are_replaced, plain_field},
        },
        text::is_one_of,
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
    /// Returns the first field with this tag. A subclass may have overridden `get`.
    fn got<'py>(slf: &Bound<'py, Self>, tag: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        if !slf.get().is_of_subclass {
            return slf.get().find_tag(py, tag);
        }
        let field = ask(|| slf.call_method1(intern!(py, "get"), (tag,)))?;
        Ok(if field.is_truthy()? { Some(field) } else { None })
    }

    /// Returns $a and $b of the first field with this tag. Makes no field object if none was made
    /// before.
    pub(super) fn title_in<'py>(
        slf: &Bound<'py, Self>,
        tag: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, record) = (slf.py(), slf.get());
        if !record.is_of_subclass
            && let (FieldObjects::Untouched, Some(origin)) = (record.fields.get(py), &record.origin)
        {
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
        Self::title_of_object(slf, tag)
    }

    /// Returns the same, from the object of the field. It is apart from the usual case, which it
    /// would slow down.
    #[inline(never)]
    fn title_of_object<'py>(
        slf: &Bound<'py, Self>,
        tag: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let Some(field) = Self::got(slf, tag)? else { return Ok(None) };
        if let Some(field) = plain_field(&field) {
            return field.get().title(py);
        }
        let Some(title) = value_in(&field, "a")? else { return Ok(None) };
        if !title.is_truthy()? {
            return Ok(Some(title));
        }
        match value_in(&field, "b")? {
            Some(rest) if rest.is_truthy()? => {
                title.add(PyString::new(py, " ").add(str_of(&rest)?)?).map(Some)
            }
            _ => Ok(Some(title)),
        }
    }

    /// Returns $a or $l of the first 022.
    pub(super) fn first_issn<'py>(
        slf: &Bound<'py, Self>,
        code: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(field) = Self::got(slf, "022")? else { return Ok(None) };
        if plain_field(&field).is_some() {
            return value_in(&field, code);
        }
        // The two properties of pymarc differ in the methods that they call.
        if !ask(|| field.contains(code))? {
            return Ok(None);
        }
        match code {
            "l" => item(&field, code).map(Some),
            _ => value_in(&field, code),
        }
    }

    pub(super) fn first_isbn<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let Some(field) = Self::got(slf, "020")? else { return Ok(None) };
        let Some(value) = value_in(&field, "a")? else { return Ok(None) };
        if !value.is_truthy()? {
            return Ok(None);
        }
        let text = value.cast::<PyString>().map_err(PyErr::from).and_then(|text| text.to_str());
        let Some(text) = text.ok().filter(|_| !names_are_replaced()) else {
            // Rust cannot represent the text (surrogates), or it is not text, or a program has
            // replaced the regular expression: it decides.
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
        slf: &Bound<'py, Self>,
        tags: &[&str],
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        for tag in tags {
            if let Some(field) = Self::got(slf, tag)? {
                return call(&field, intern!(slf.py(), "format_field")).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns the value of this code in the first field about publication.
    pub(super) fn imprint<'py>(
        slf: &Bound<'py, Self>,
        code: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        for field in elements(&Self::all_of(slf, "260 264")?)? {
            let tag = attribute(&field, intern!(py, "tag"))?;
            if is_one_of(&tag, &["260"])?
                || is_one_of(&tag, &["264"])?
                    && is_one_of(&attribute(&field, intern!(py, "indicator2"))?, &["1"])?
            {
                return value_in(&field, code);
            }
        }
        Ok(None)
    }

    /// Returns the 880 fields with the occurrence number in $6 of this field.
    pub(super) fn linked_fields<'py>(
        slf: &Bound<'py, Self>,
        field: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = field.py();
        let number_of =
            |field: &Bound<'py, PyAny>| call(field, intern!(py, "linkage_occurrence_num"));
        let number = number_of(field)?;
        let linked = PyList::empty(py);
        for other in elements(&Self::all_of(slf, "880")?)? {
            if number_of(&other)?.eq(&number)? {
                linked.append(other)?;
            }
        }
        if !number.is_none() && linked.is_empty() {
            return Err(exceptions::new(py, "MissingLinkedFields", (field,)));
        }
        Ok(linked)
    }

    /// Returns all fields with these tags, which are separated by blanks. A subclass may have
    /// overridden `get_fields`.
    pub(super) fn all_of<'py>(slf: &Bound<'py, Self>, tags: &str) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let tags = tags.split_ascii_whitespace().collect::<Vec<_>>();
        if !slf.get().is_of_subclass {
            return Ok(PyList::new(py, slf.get().find_tags(py, tags)?)?.into_any());
        }
        ask(|| slf.call_method1(intern!(py, "get_fields"), PyTuple::new(py, tags)?))
    }
}

fn value_in<'py>(field: &Bound<'py, PyAny>, code: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let value = ask(|| field.call_method1(intern!(field.py(), "get"), (code,)))?;
    Ok(Some(value).filter(|value| !value.is_none()))
}
