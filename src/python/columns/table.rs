//! The argument `columns`: names and definitions, or the name of a whole table.

use super::column::Definition;
use crate::columns::{ColumnError, Columns, Preset};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyDict, PyString},
};
use std::sync::Arc;

/// The columns of a scan.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) columns: Columns,
    definitions: Arc<[(String, Definition)]>,
}

impl Table {
    /// Returns the columns that an argument defines: a dict of names and definitions, or a list of
    /// definitions.
    ///
    /// # Errors
    /// If it defines no table. The exception of one column names it.
    pub(super) fn of(argument: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut definitions = Vec::new();
        if let Ok(preset) = argument.cast::<PyString>() {
            return Self::of_preset(preset.to_str()?);
        }
        if let Ok(named) = argument.cast::<PyDict>() {
            for (name, column) in named {
                let name = name.cast::<PyString>().map_err(|_| {
                    PyTypeError::new_err(format!("the name of a column is text, not {name:?}"))
                })?;
                let name = name.to_str()?;
                let definition = Definition::of(&column);
                let definition = definition.map_err(|error| of_column(name, error, column.py()))?;
                definitions.push((name.to_owned(), definition));
            }
        } else {
            for column in argument.try_iter()? {
                let column = column?;
                // The name is the text as the program wrote it.
                let written = column.cast::<PyString>().ok().map(|text| text.to_string());
                let definition = Definition::of(&column).map_err(|error| match &written {
                    Some(name) => of_column(name, error, column.py()),
                    None => error,
                })?;
                definitions.push((written.unwrap_or_else(|| definition.name()), definition));
            }
        }
        Self::new(definitions).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn of_preset(name: &str) -> PyResult<Self> {
        let Some(preset) = Preset::from_name(name) else {
            return Err(PyValueError::new_err(format!(
                "columns must be a mapping of names to selectors, a list of selectors, or 'nested', \
                 'long' or 'raw', not {name:?}"
            )));
        };
        Ok(Self { columns: Columns::preset(preset), definitions: Arc::default() })
    }

    fn new(definitions: Vec<(String, Definition)>) -> Result<Self, ColumnError> {
        let columns = definitions.iter().map(|(name, definition)| (name, definition.column()));
        let columns = Columns::new(columns.collect::<Vec<_>>())?;
        Ok(Self { columns, definitions: definitions.into() })
    }

    /// Returns a table that has the columns with these names, and others if they decide about its
    /// rows. It has a column at least.
    pub(super) fn select(&self, names: &[String]) -> Self {
        let needed = self.definitions.iter().enumerate().filter(|(at, (name, definition))| {
            names.contains(name) || definition.makes_rows() || names.is_empty() && *at == 0
        });
        let needed = needed.map(|(_, definition)| definition.clone()).collect();
        Self::new(needed).unwrap_or_else(|_| self.clone())
    }
}

/// Returns the exception for the definition of one column, with its name in front.
fn of_column(name: &str, error: PyErr, py: Python<'_>) -> PyErr {
    let value = error.value(py);
    let renamed = value.str().and_then(|text| {
        value.setattr("args", (format!("column {name:?}: {text}"),))?;
        value.setattr("column", name)
    });
    renamed.err().unwrap_or(error)
}
