//! Arguments that are numbers within limits.

use crate::{framing::MAX_OFFSET, stream::MOST_BYTES};
use pyo3::{
    exceptions::{PyOverflowError, PyValueError},
    prelude::*,
};
use std::ops::RangeInclusive;

/// Returns a number of bytes or of faults, from 0 to `most`.
pub(super) fn not_negative(name: &str, value: &Bound<'_, PyAny>, most: u64) -> PyResult<u64> {
    let error = match value.extract() {
        Ok(number) if number <= most => return Ok(number),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    if let Ok(true) = value.lt(0) {
        return Err(PyValueError::new_err(format!("{name} must be at least 0, not {value}")));
    }
    let too_many =
        || PyOverflowError::new_err(format!("{name} must be at most {most}, not {value}"));
    Err(error
        .filter(|error| !error.is_instance_of::<PyOverflowError>(value.py()))
        .unwrap_or_else(too_many))
}

pub(crate) fn start_of(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    not_negative("start", value, MAX_OFFSET)
}

pub(crate) fn max_faults_of(value: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    if value.is_none() { Ok(None) } else { not_negative("max_faults", value, u64::MAX).map(Some) }
}

/// Returns a number from `least` to the largest number of bytes that an option accepts.
pub(crate) fn at_least(name: &str, value: isize, least: isize) -> PyResult<usize> {
    within(name, value, least..=MOST_BYTES as isize)
}

pub(crate) fn within(name: &str, value: isize, range: RangeInclusive<isize>) -> PyResult<usize> {
    let (least, most) = (range.start(), range.end());
    if value < *least {
        return Err(PyValueError::new_err(format!("{name} must be at least {least}, not {value}")));
    }
    if value > *most {
        return Err(PyOverflowError::new_err(format!(
            "{name} must be at most {most}, not {value}"
        )));
    }
    Ok(value.unsigned_abs())
}
