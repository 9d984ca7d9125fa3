//! Sources and outputs of Python: paths, descriptors, memory, file objects.

pub(crate) mod buffer_input;
pub(crate) mod file_input;
pub(crate) mod file_output;
pub(crate) mod input_name;
pub(crate) mod path;
pub(crate) mod path_output;
pub(crate) mod read_method;
pub(crate) mod same_file;
pub(crate) mod source;
pub(crate) mod target;
