//! The command from outside: the binary is run in a folder with files.
#![cfg(unix)]

#[path = "../common/folder.rs"]
#[allow(dead_code, reason = "this program uses a part of it")]
mod folder;

mod commands;
mod corpus;
mod dedupe;
mod examples;
mod failures;
mod interrupts;
mod outputs;
mod run;
mod same_file;
mod select;
mod sort;
mod terminal;
mod view;
