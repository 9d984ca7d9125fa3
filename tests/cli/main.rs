//! The command from outside: the binary is run in a folder with files.
#![cfg(unix)]

#[path = "../common/folder.rs"]
#[allow(dead_code, reason = "this program uses a part of it")]
mod folder;
#[path = "../common/zip.rs"]
mod zip;

mod commands;
mod corpus;
mod dedupe;
mod diff;
mod edit;
mod edit_in_place;
mod examples;
mod failures;
mod filter;
mod get;
mod interrupts;
mod outputs;
mod run;
mod same_file;
mod select;
mod sort;
mod stats;
mod terminal;
mod view;
