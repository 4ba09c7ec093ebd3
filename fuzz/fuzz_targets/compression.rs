//! Any bytes, written in any pieces, are what an independent reader gets back; or there was not enough memory.
#![no_main]

use std::io::Read;
use std::mem::MaybeUninit;

use aioprometheus::compression::compress;
use aioprometheus::memory::OutOfMemory;
use aioprometheus::negotiation::Encoding;
use aioprometheus::output::{self, Output, Sink};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

/// The most bytes that are written.
const MOST: usize = 512 << 10;

/// Room that a compressor asks for at a time, at most.
const ROOM: usize = 64 << 10;

#[derive(Debug, Arbitrary)]
enum Piece<'a> {
    /// Bytes, again and again.
    Repeated(&'a [u8], u16),
    /// So many bytes that cannot be compressed, of this seed.
    Noise(u32, u16),
}

impl Piece<'_> {
    fn bytes(&self) -> Vec<u8> {
        match *self {
            Self::Repeated(bytes, times) => bytes.repeat(usize::from(times) + 1),
            Self::Noise(mut number, length) => (0..length)
                .map(|_| {
                    number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    number.to_le_bytes()[3]
                })
                .collect(),
        }
    }
}

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    /// What is written, and how much more room is asked for than it takes.
    pieces: Vec<(Piece<'a>, u16)>,
    memory: u32,
}

/// A sink with memory for a number of bytes, which gives no more room than it must.
struct Small {
    bytes: Vec<u8>,
    memory: usize,
}

impl Sink for Small {
    fn room(&mut self, size: usize) -> Result<&mut [MaybeUninit<u8>], OutOfMemory> {
        if self.bytes.len() + size > self.memory {
            return Err(OutOfMemory);
        }
        Ok(&mut self.bytes.room(size)?[..size])
    }

    unsafe fn advance(&mut self, size: usize) {
        // SAFETY: the room was that of the bytes, and the caller has written `size` bytes of it.
        unsafe { self.bytes.advance(size) };
    }
}

fuzz_target!(|input: Input<'_>| {
    let mut pieces: Vec<(Vec<u8>, usize)> = Vec::new();
    let mut size = 0;
    for (piece, more) in &input.pieces {
        let piece = piece.bytes();
        size += piece.len();
        if size > MOST {
            break;
        }
        pieces.push((piece, (*more).into()));
    }
    let whole: Vec<u8> = pieces.iter().flat_map(|(piece, _)| piece).copied().collect();
    for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Zstd] {
        let compressed = |memory: usize| {
            let mut sink = Small { bytes: b"before".to_vec(), memory };
            let result = compress(&mut sink, encoding, |sink| {
                for (piece, more) in &pieces {
                    output::write(sink, piece.len() + more, |cursor| cursor.push(piece))?;
                }
                Ok(())
            });
            result.map(|()| sink.bytes)
        };
        let all = compressed(usize::MAX).expect("there is memory");
        let body = all.strip_prefix(b"before").expect("what was written before is kept");
        assert!(read(encoding, body) == whole);
        let memory = usize::try_from(input.memory).expect("it is small") % (2 * all.len() + ROOM);
        match compressed(memory) {
            Ok(bytes) => assert!(bytes == all && memory >= all.len()),
            Err(OutOfMemory) => assert!(memory < all.len() + ROOM),
        }
    }
});

/// What one gzip member, or one Zstandard frame, holds. Nothing may stand behind it.
fn read(encoding: Encoding, body: &[u8]) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), body);
    match encoding {
        Encoding::Identity => return body.to_vec(),
        Encoding::Gzip => {
            let mut reader = flate2::bufread::GzDecoder::new(&mut rest);
            reader.read_to_end(&mut bytes).expect("it is gzip");
        }
        Encoding::Zstd => {
            let reader = zstd::Decoder::with_buffer(&mut rest).expect("there is memory");
            reader.single_frame().read_to_end(&mut bytes).expect("it is Zstandard");
        }
    }
    assert!(rest.is_empty(), "something stands behind the end");
    bytes
}
