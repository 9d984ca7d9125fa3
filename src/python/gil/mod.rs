//! The interpreter: its lock, its garbage collector, its stack, and exceptions that are pending.

pub(crate) mod aside;
pub(crate) mod exclusive;
pub(crate) mod gil_cell;
pub(crate) mod nesting;
pub(crate) mod release;
pub(crate) mod visited;
