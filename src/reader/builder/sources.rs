//! Readers over the sources that a reader may have, with the options of a builder.

use super::ReaderBuilder;
use crate::{
    encoding::TextOptions,
    error::{Error, InputName, Position},
    reader::Reader,
    source::Plain,
    stream::{Options, Stream},
};
use std::{fs::File, io, path::Path, sync::Arc};

impl ReaderBuilder {
    /// Returns a reader of a file, FIFO or device.
    ///
    /// # Errors
    /// If the path cannot be opened, or is a directory, or if the options exclude each other.
    pub fn from_path(&self, path: impl AsRef<Path>) -> Result<Reader, Error> {
        let path = path.as_ref();
        self.open(path.into(), |options| options.stream_of_path(path))
    }

    /// Returns a reader of an open file, FIFO or device, from its position on. `name` is its name in
    /// messages.
    ///
    /// ```
    /// use std::{fs::File, io::{Seek, SeekFrom}};
    ///
    /// let mut file = File::open("tests/fixtures/books.mrc")?;
    /// file.seek(SeekFrom::Start(1234))?;
    /// let mut reader = tidemarc::Reader::builder().from_file(file, "the rest")?;
    /// assert_eq!((reader.by_ref().count(), reader.input_name()), (59, Some("the rest")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file is a directory or a zip archive that cannot be read, or if the options exclude
    /// each other.
    pub fn from_file(&self, file: File, name: &str) -> Result<Reader, Error> {
        self.open(name.into(), |options| options.stream_of_file(file, name.into()))
    }

    fn open(
        &self,
        name: InputName,
        open: impl FnOnce(Options) -> io::Result<Stream>,
    ) -> Result<Reader, Error> {
        let (options, settled) = self.options();
        let stream = settled.and_then(|()| open(options));
        stream
            .map(|stream| Reader::new(stream, self.skip_faults))
            .map_err(|error| Error::io(error, Position { name: Some(name), ..Position::default() }))
    }

    /// Returns a reader of several files, one after the other. [`files`](crate::files) lists those of
    /// a directory or a pattern. Each file may have a format and a compression of its own.
    ///
    /// Every position has the name of its file: record numbers and offsets count from its start
    /// ([`overall_number`](crate::SharedRecord::overall_number) counts on). Counts are those of all
    /// files. A file is opened when its turn comes, and closed before the next.
    ///
    /// A file that vanished meanwhile or cannot be read to its end is an error of kind
    /// [`Io`](crate::ErrorKind::Io) in its place. Then the next file follows, as after a foreign
    /// file and after too many faults: [`max_faults`](Self::max_faults) applies to each file.
    /// [`skip_faults`](Self::skip_faults) skips these errors too, and
    /// [`Stats::unfinished`](crate::Stats::unfinished) counts the files. [`start`](Self::start),
    /// [`range`](Self::range) and [`partitions`](Self::partitions) are for one file and must not be
    /// set.
    ///
    /// ```
    /// use tidemarc::Reader;
    ///
    /// let files = ["tests/fixtures/books.mrc", "tests/fixtures/ascii.mrc"];
    /// let mut reader = Reader::builder().from_paths(files)?;
    /// let last = reader.by_ref().last().unwrap()?;
    /// assert_eq!(last.input_name(), Some("tests/fixtures/ascii.mrc"));
    /// assert_eq!((last.number(), last.overall_number()), (8, 68));
    /// assert_eq!((reader.stats().records, reader.stats().inputs), (68, 2));
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    ///
    /// # Errors
    /// If one of the paths cannot be opened, or is a directory; if there is no path; if the options
    /// exclude each other.
    pub fn from_paths(
        &self,
        paths: impl IntoIterator<Item = impl AsRef<Path>>,
    ) -> Result<Reader, Error> {
        let (options, settled) = self.options();
        let paths = paths.into_iter().map(|path| path.as_ref().to_owned());
        let stream =
            settled.map_err(|error| (error, None)).and_then(|()| options.stream_of_paths(paths));
        stream.map(|stream| Reader::new(stream, self.skip_faults)).map_err(|(error, path)| {
            let name = path.map(|path| (&*path).into());
            Error::io(error, Position { name, ..Position::default() })
        })
    }

    /// Returns a reader of anything that reads. Its `read` is called on one thread at a time, which
    /// after the first chunks is a thread of its own unless [`threads`](Self::threads) is 1.
    /// Nothing is read before the first record is requested.
    pub fn from_reader(&self, source: impl io::Read + Send + 'static) -> Reader {
        self.reader(|options| {
            let skip = options.start;
            options.stream(Plain(source), skip, None, false, None)
        })
    }

    /// Returns a reader of bytes in memory, which are not copied.
    ///
    /// `as_ref` is called again and again, and must give the same bytes each time, for as long as
    /// there is a record of them. If it gives fewer, the reader fails, and a record panics.
    pub fn from_bytes(&self, bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Reader {
        self.reader(|options| options.stream_in_place(Arc::new(bytes)))
    }

    /// Returns the options of one reader, and the reason if they exclude each other.
    pub(crate) fn options(&self) -> (Options, io::Result<()>) {
        let text = TextOptions::new().encoding(self.encoding).decode(self.decode);
        let mut options = Options { text, ..self.options.clone() };
        let settled = options.settle();
        (options, settled.map_err(|reason| io::Error::new(io::ErrorKind::InvalidInput, reason)))
    }

    /// Returns a reader whose first step is an error if the options exclude each other.
    fn reader(&self, open: impl FnOnce(Options) -> Stream) -> Reader {
        let (options, settled) = self.options();
        let mut stream = open(options);
        settled.unwrap_or_else(|error| stream.refuse(error));
        Reader::new(stream, self.skip_faults)
    }
}
