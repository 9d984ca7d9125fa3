//! The command from outside: the binary is run in a folder with files.
#![cfg(unix)]

#[path = "../common/folder.rs"]
#[allow(dead_code, reason = "this program uses a part of it")]
mod folder;

mod commands;
mod corpus;
mod diff;
mod examples;
mod failures;
mod get;
mod interrupts;
mod outputs;
mod run;
mod same_file;
mod select;
mod terminal;
mod view;
