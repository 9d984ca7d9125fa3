//! Room to read into, which is not always to be had.

use std::{format, io, vec::Vec};

/// Makes a buffer `length` bytes long, or longer by up to `slack`. What is longer already stays so.
///
/// # Errors
/// Of kind [`OutOfMemory`](io::ErrorKind::OutOfMemory): a chunk and a record may be as large as the
/// options allow, so this is no reason to abort the process. The buffer is as it was.
pub(crate) fn make_room(buffer: &mut Vec<u8>, length: usize, slack: usize) -> io::Result<()> {
    let held = buffer.len();
    if held >= length {
        return Ok(());
    }
    let wished = length + slack;
    let got = match buffer.try_reserve_exact(wished - held) {
        Ok(()) => wished,
        Err(_) => buffer.try_reserve_exact(length - held).map(|()| length).map_err(|_| {
            let message = format!("no memory for a buffer of {length} bytes");
            io::Error::new(io::ErrorKind::OutOfMemory, message)
        })?,
    };
    buffer.resize(got, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_is_not_to_be_had_is_an_error_and_changes_nothing() {
        let mut buffer = vec![7; 10];
        make_room(&mut buffer, 10, 100).unwrap();
        assert_eq!(buffer, [7; 10]);
        make_room(&mut buffer, 12, 2).unwrap();
        assert_eq!(buffer, [&[7; 10][..], &[0; 4]].concat());
        let error = make_room(&mut buffer, isize::MAX as usize, 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert_eq!(buffer.len(), 14);
    }
}
