//! Zip archives: the files in them.
//!
//! The directory of an archive is at its end, so an archive can be read only from a file or from
//! memory. Its files are read in the order of the directory. Folders, hidden files, files of macOS
//! and indexes are skipped, as they are in a directory.

use crate::source::INDEX_SUFFIX;
use rawzip::{
    CompressionMethod, Error, ErrorKind, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive,
    ZipFileHeaderRecord, ZipLocator,
};
use std::{borrow::ToOwned, format, fs::File, io, string::String, vec, vec::Vec};

/// The way in which a member is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

/// A file in an archive that can be read.
#[derive(Debug, Clone)]
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

/// A file in an archive.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) name: String,
    /// The file, or the reason why it cannot be read.
    pub(super) member: Result<Member, String>,
}

/// Returns the files in an archive, in the order of its directory. Returns `None` if there is no
/// directory: then it is not an archive, or not a whole one.
///
/// # Errors
/// If the directory is damaged or cannot be read.
pub(super) fn list_file(archive: File) -> io::Result<Option<Vec<Listed>>> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    match ZipArchive::from_file(archive, &mut buffer) {
        Ok(archive) => list(&archive, &mut buffer).map(Some),
        Err(error) => no_archive(error),
    }
}

/// Does the same for an archive in memory.
///
/// # Errors
/// The same.
pub(super) fn list_bytes(archive: &[u8]) -> io::Result<Option<Vec<Listed>>> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let end = archive.len() as u64;
    match ZipLocator::new().locate_in_reader(archive, &mut buffer, end) {
        Ok(archive) => list(&archive, &mut buffer).map(Some),
        Err((_, error)) => no_archive(error),
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

pub(super) fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Returns true if a member is not a file of the user, or an index.
fn is_aside(name: &str) -> bool {
    let is_hidden = |part: &str| part.starts_with('.') && !part.trim_matches('.').is_empty();
    let last = name.rsplit('/').next().unwrap_or_default();
    last.is_empty()
        || name.split('/').any(is_hidden)
        || name.starts_with("__MACOSX/")
        || last.ends_with(INDEX_SUFFIX)
}

fn list<R: ReaderAt>(archive: &ZipArchive<R>, buffer: &mut [u8]) -> io::Result<Vec<Listed>> {
    let mut listed = Vec::new();
    let mut entries = archive.entries(buffer);
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        if entry.is_dir() || is_aside(&name) {
            continue;
        }
        let member = match member(archive, &entry, &name) {
            Err(error) if error.kind() != io::ErrorKind::InvalidData => return Err(error),
            member => member.map_err(|error| format!("{error}")),
        };
        listed.push(Listed { name, member });
    }
    Ok(listed)
}

/// Returns the member of an entry of the directory.
///
/// # Errors
/// If it is encrypted, compressed in another way, or not where the directory says: an error of the
/// kind `InvalidData`. Any other error concerns the archive.
fn member<R: ReaderAt>(
    archive: &ZipArchive<R>,
    entry: &ZipFileHeaderRecord<'_>,
    name: &str,
) -> io::Result<Member> {
    let shown = crate::error::escaped(name);
    let flags = entry.flags();
    if flags.is_encrypted() || flags.has_strong_encryption() {
        return Err(invalid(format!("the zip member {shown} is encrypted: decrypt it first")));
    }
    let method = match entry.compression_method() {
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
    let found = archive.get_entry(entry.wayfinder()).map_err(damaged)?;
    let (start, end) = found.compressed_data_range();
    Ok(Member {
        name: name.to_owned(),
        method,
        start,
        packed_length: end.saturating_sub(start),
        length: entry.uncompressed_size_hint(),
        checksum: entry.crc32(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_folders_and_indexes_do_not_count() {
        for (name, is_aside_too) in [
            ("books.mrc", false),
            ("a/books.mrc", false),
            ("a/", true),
            ("", true),
            ("__MACOSX/._books.mrc", true),
            ("a/.DS_Store", true),
            (".books.mrc", true),
            ("a/.hidden/books.mrc", true),
            ("./books.mrc", false),
            ("../a/books.mrc", false),
            ("books.mrc.tmi", true),
        ] {
            assert_eq!(is_aside(name), is_aside_too, "{name}");
        }
    }

    #[test]
    fn bytes_without_a_directory_are_not_an_archive() {
        for bytes in [&b""[..], b"PK\x03\x04", &[b'x'; 100_000]] {
            assert!(list_bytes(bytes).unwrap().is_none());
        }
        let empty = [&b"PK\x05\x06"[..], &[0; 18]].concat();
        assert!(list_bytes(&empty).unwrap().unwrap().is_empty());
    }
}
