//! Zip archives: the member that is read.
//!
//! The directory of an archive is at its end, so an archive can be read only from a file or from
//! memory. An archive with one file is read like this file. Folders, and the files that macOS adds,
//! do not count.

use rawzip::{
    CompressionMethod, Error, ErrorKind, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive, ZipLocator,
};
use std::{borrow::ToOwned, format, fs::File, io, string::String, vec, vec::Vec};

/// The most names in an error.
const MOST_NAMES: usize = 10;

/// The way in which a member is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

/// The file in an archive that is read.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) method: Method,
    /// Offset of its compressed bytes in the archive.
    pub(super) start: u64,
    /// Number of its compressed bytes.
    pub(super) packed_length: u64,
    /// Number of bytes of its data.
    pub(super) length: u64,
    /// CRC-32 of its data.
    pub(super) checksum: u32,
}

impl Member {
    /// Finds the one file in an archive. Returns `None` if there is no directory: then it is not an
    /// archive, or not a whole one.
    ///
    /// # Errors
    /// If there are several files or none, if the file cannot be read (encrypted, another
    /// compression), or if the directory is damaged.
    pub(super) fn of_file(archive: File) -> io::Result<Option<Self>> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        match ZipArchive::from_file(archive, &mut buffer) {
            Ok(archive) => find(&archive, &mut buffer).map(Some),
            Err(error) => no_archive(error),
        }
    }

    /// Does the same for an archive in memory.
    ///
    /// # Errors
    /// The same.
    pub(super) fn of_bytes(archive: &[u8]) -> io::Result<Option<Self>> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let end = archive.len() as u64;
        match ZipLocator::new().locate_in_reader(archive, &mut buffer, end) {
            Ok(archive) => find(&archive, &mut buffer).map(Some),
            Err((_, error)) => no_archive(error),
        }
    }
}

/// Returns `None` if the end of the directory is missing.
fn no_archive<T>(error: Error) -> io::Result<Option<T>> {
    match error.kind() {
        ErrorKind::MissingEndOfCentralDirectory => Ok(None),
        _ => Err(damaged(error)),
    }
}

fn damaged(error: Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::IO(error) => error,
        kind => invalid(format!("the zip archive is damaged ({kind})")),
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Returns true if a member is not a file of the user.
fn is_aside(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.is_empty() || name.starts_with("__MACOSX/") || last == ".DS_Store"
}

fn find<R: ReaderAt>(archive: &ZipArchive<R>, buffer: &mut [u8]) -> io::Result<Member> {
    let (mut names, mut count, mut found) = (Vec::new(), 0_u64, None);
    let mut entries = archive.entries(buffer);
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        if entry.is_dir() || is_aside(&name) {
            continue;
        }
        count += 1;
        if names.len() < MOST_NAMES {
            names.push(crate::error::escaped(&name).into_owned());
        }
        if count == 1 {
            let flags = entry.flags();
            let is_encrypted = flags.is_encrypted() || flags.has_strong_encryption();
            let facts = (entry.compression_method(), is_encrypted, entry.crc32());
            found = Some((name, facts, entry.uncompressed_size_hint(), entry.wayfinder()));
        }
    }
    let Some((name, (method, is_encrypted, checksum), length, wayfinder)) = found else {
        return Err(invalid("the zip archive has no file".to_owned()));
    };
    let shown = names.join(", ");
    if count > 1 {
        let more = if count > MOST_NAMES as u64 { ", …" } else { "" };
        return Err(invalid(format!(
            "the zip archive has {count} files, and only an archive of one can be read: unpack \
             it, or read one of {shown}{more} with a library for zip"
        )));
    }
    if is_encrypted {
        return Err(invalid(format!("the zip member {shown} is encrypted: decrypt it first")));
    }
    let method = match method {
        CompressionMethod::STORE => Method::Stored,
        CompressionMethod::DEFLATE => Method::Deflated,
        other => {
            return Err(invalid(format!(
                "the zip member {shown} is compressed by method {}, and only deflate can be read: \
                 unpack it",
                other.as_u16()
            )));
        }
    };
    let entry = archive.get_entry(wayfinder).map_err(damaged)?;
    let (start, end) = entry.compressed_data_range();
    let packed_length = end.saturating_sub(start);
    Ok(Member { name, method, start, packed_length, length, checksum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_macos_and_folders_do_not_count() {
        for (name, is_aside_too) in [
            ("books.mrc", false),
            ("a/books.mrc", false),
            ("a/", true),
            ("", true),
            ("__MACOSX/._books.mrc", true),
            ("a/.DS_Store", true),
        ] {
            assert_eq!(is_aside(name), is_aside_too, "{name}");
        }
    }

    #[test]
    fn bytes_without_a_directory_are_not_an_archive() {
        for bytes in [&b""[..], b"PK\x03\x04", &[b'x'; 100_000]] {
            assert!(Member::of_bytes(bytes).unwrap().is_none());
        }
        let empty = [&b"PK\x05\x06"[..], &[0; 18]].concat();
        let error = Member::of_bytes(&empty).unwrap_err().to_string();
        assert_eq!(error, "the zip archive has no file");
    }
}
