#!/usr/bin/python3
"""A recognition engine to copy: a server of callward.asr.v1.

It hears by loudness when somebody speaks, and hands each utterance to transcribe. Put your engine there."""

import argparse
import array
import os
import signal
import sys
import tempfile
import threading
from concurrent import futures

import grpc
import grpc_tools
from grpc_tools import protoc

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.environ.get("CALLWARD_PROTO", os.path.join(HERE, "..", "..", "proto"))


def contract(*files):
    """Makes the Python code of the contract and lets it be imported."""
    out = tempfile.TemporaryDirectory()
    known = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    if protoc.main(["protoc", "-I" + PROTO, "-I" + known, "--python_out=" + out.name, "--grpc_python_out=" + out.name, *files]):
        sys.exit("the contract cannot be read: set CALLWARD_PROTO to Callward's folder proto")
    sys.path.insert(0, out.name)
    return out  # removed when the program ends


generated = contract("callward/speech/v1/speech.proto", "callward/asr/v1/asr.proto")
from callward.asr.v1 import asr_pb2 as asr, asr_pb2_grpc as asr_grpc  # noqa: E402
from callward.speech.v1 import speech_pb2 as speech  # noqa: E402


def transcribe(pcm, rate, language):
    """Says what was said: the whole utterance so far, 16-bit samples, in a language of LANGUAGES.

    It is called again and again while the caller speaks, and a last time at the end. The stream waits for it: what
    takes more than 100 ms must do its work in a thread of its own, as examples/asr-go does, lest it counts as stalled.
    This one tells short from long. Replace it."""
    if not pcm:
        return ""
    if len(pcm) > 2 * rate:
        return "long"
    return "court" if language == "fr" else "short"


LANGUAGES = ["en", "fr"]
FORMATS = [(speech.ENCODING_LINEAR16, 8000), (speech.ENCODING_MULAW, 8000), (speech.ENCODING_ALAW, 8000), (speech.ENCODING_LINEAR16, 16000)]
# What the engine can do. Claim what holds, no more.
CAPABILITIES = speech.Capabilities(
    api_version="v1", languages=LANGUAGES, max_chunk=1 << 16, interim=True, force_endpoint=True, live_update=True, progress=True,
    vendor="you", build="0", formats=[speech.AudioFormat(encoding=e, sample_rate_hz=r, channels=1) for e, r in FORMATS])

# Seconds of audio: nothing below looks at a clock.
WINDOW, START_AFTER, PREROLL, END_AFTER, MOST = 0.02, 0.06, 0.2, 0.6, 30
PARTIAL_EVERY, REPORT_EVERY = 0.3, 0.1  # the contract: progress every 200 ms at least


def mulaw(b):
    """The sample of a byte (ITU-T G.711)."""
    b ^= 0xFF
    v = (((b & 0x0F) << 3) + 0x84 << (b >> 4 & 7)) - 0x84
    return -v if b & 0x80 else v


def alaw(b):
    b ^= 0x55
    v, segment = ((b & 0x0F) << 4) + 8, b >> 4 & 7
    if segment:
        v = v + 0x100 << segment - 1
    return v if b & 0x80 else -v


LAWS = {speech.ENCODING_MULAW: [mulaw(b) for b in range(256)], speech.ENCODING_ALAW: [alaw(b) for b in range(256)]}


class Refusal(Exception):
    """Ends a stream with INVALID_ARGUMENT."""


def language(codes):
    """The likeliest that is known, without its region."""
    known = [c.lower().split("-")[0] for c in codes] or LANGUAGES
    for c in known:
        if c in LANGUAGES:
            return c
    raise Refusal("none of these languages is understood")


def answer(**message):
    return asr.StreamingRecognizeResponse(**message)


class Utterance:
    def __init__(self, number, start, begins, spoken):
        self.id, self.start, self.begins, self.language = str(number), start, begins, spoken
        self.revision = 0

    def transcript(self, pcm, rate, end, **kind):
        self.revision += 1
        text = transcribe(pcm, rate, self.language)
        return answer(transcript=asr.Transcript(
            utterance_id=self.id, revision=self.revision, language_code=self.language, start_samples=self.start, end_samples=end, **kind,
            alternatives=[asr.Alternative(text=text, confidence=0.5)] if text else []))


class Ear:
    """One stream. All positions are samples since its start; each method yields what is to be sent."""

    def __init__(self, config):
        self.rate, self.encoding = config.format.sample_rate_hz, config.format.encoding
        self.interim, self.ends, self.language = config.interim_results, config.endpointing, language(config.language_codes)
        self.position = self.reported = self.partial = self.rested = 0
        self.recent = array.array("h")  # what was heard in the utterance, or just now if there is none
        self.part = 0  # samples of it that do not yet fill a window
        self.floor = self.voice = self.quiet = self.count = 0
        self.told = self.paused = self.eager = False  # eager: that it may be over was said
        self.now = None

    def samples(self, seconds):
        return int(seconds * self.rate)

    def rest(self):
        """Starts the time of no_input anew."""
        self.rested, self.told = self.position, False

    def decode(self, data):
        if self.encoding in LAWS:
            return array.array("h", map(LAWS[self.encoding].__getitem__, data))
        pcm = array.array("h", data)
        if sys.byteorder == "big":
            pcm.byteswap()
        return pcm

    def audio(self, audio):
        if len(audio.data) > CAPABILITIES.max_chunk:
            raise Refusal("audio is larger than max_chunk")
        if self.encoding not in LAWS and len(audio.data) % 2:
            raise Refusal("half a sample")
        gap = audio.offset_samples - self.position
        if gap < 0 or gap and not audio.discontinuity:
            raise Refusal("audio does not begin where the piece before it ends")
        if gap:
            yield from self.skip(gap)
        pcm = self.decode(audio.data)
        step, at = self.samples(WINDOW), 0
        while at < len(pcm):
            n = min(step - self.part, len(pcm) - at)
            self.recent.extend(pcm[at:at + n])
            self.position, self.part, at = self.position + n, self.part + n, at + n
            if self.part == step:
                self.part = 0
                yield from self.hear(self.recent[-step:])
        if self.position - self.reported >= self.samples(REPORT_EVERY):
            self.reported = self.position
            yield answer(progress=asr.Progress(offset_samples=self.position))

    def skip(self, gap):
        """Passes what the client kept back: silence, most likely. The utterance goes on after it if it is not too long."""
        self.position += gap
        if self.now:
            self.quiet += gap
            reason = self.over()
            if reason:
                yield from self.finish(reason)
        if self.now:
            self.recent.extend(array.array("h", bytes(2 * gap)))
        else:
            self.recent, self.part, self.voice = array.array("h"), 0, 0

    def hear(self, window):
        if self.paused:
            self.recent, self.voice = array.array("h"), 0
            return
        level = sum(map(abs, window)) // len(window)
        if level > 250 + 3 * self.floor:
            self.voice, self.quiet, self.eager = self.voice + len(window), 0, False
        else:
            self.floor += (level - self.floor) // 8
            self.voice, self.quiet = 0, self.quiet + len(window)
        if not self.now:
            yield from self.wait()
            return
        reason, pause = self.over(), self.samples(seconds(self.ends.eager_silence))
        if reason:
            yield from self.finish(reason)
        elif pause and self.quiet >= pause and not self.eager:  # the caller may have finished: say early what it would be
            self.eager = True
            yield self.now.transcript(self.recent, self.rate, self.position, eager_end=True)
        elif self.interim and self.position - self.partial >= self.samples(PARTIAL_EVERY):
            self.partial = self.position
            yield self.now.transcript(self.recent, self.rate, self.position)

    def wait(self):
        """Listens for the start of an utterance."""
        self.recent = self.recent[-self.samples(PREROLL + START_AFTER):]
        timeout = seconds(self.ends.no_input_timeout)
        if self.voice >= self.samples(START_AFTER):
            self.count += 1
            self.now = Utterance(self.count, self.position - self.voice, self.position - len(self.recent), self.language)
            self.partial = self.position
            yield answer(speech_started=asr.SpeechStarted(utterance_id=self.now.id, offset_samples=self.now.start))
        elif timeout and not self.told and self.position - self.rested >= self.samples(timeout):
            self.told = True
            yield answer(no_input=asr.NoInput(offset_samples=self.position))

    def over(self):
        """Says why the utterance is over; 0 if it is not."""
        by_client = self.ends.mode == asr.Endpointing.MODE_CLIENT
        if not by_client and self.quiet >= self.samples(seconds(self.ends.silence) or END_AFTER):
            return asr.SpeechEnded.REASON_SILENCE
        if self.position - self.now.start >= self.samples(min(seconds(self.ends.max_utterance) or MOST, MOST)):
            return asr.SpeechEnded.REASON_MAX_LENGTH
        return 0

    def finish(self, reason):
        """Ends the utterance, if there is one."""
        u = self.now
        if not u:
            return
        end = max(u.start, self.position - self.quiet)
        pcm = self.recent[:end - u.begins]
        self.now, self.recent, self.part, self.voice, self.quiet, self.eager = None, array.array("h"), 0, 0, 0, False
        self.rest()
        yield answer(speech_ended=asr.SpeechEnded(utterance_id=u.id, offset_samples=end, reason=reason))
        if reason != asr.SpeechEnded.REASON_DISCARDED:
            yield u.transcript(pcm, self.rate, end, is_final=True)

    def update(self, update):
        """Holds from the next utterance: the one in progress keeps its language."""
        if update.language_codes:
            self.language = language(update.language_codes)
        if update.HasField("endpointing"):
            self.ends = update.endpointing
            self.rest()

    def control(self, action):
        if action not in asr.Control.Action.values() or not action:
            raise Refusal("a control without an action")
        if action == asr.Control.ACTION_DISCARD_UTTERANCE:
            yield from self.finish(asr.SpeechEnded.REASON_DISCARDED)
        elif action == asr.Control.ACTION_RESUME:
            self.paused = False
            self.rest()
        else:
            yield from self.finish(asr.SpeechEnded.REASON_FORCED)
            self.paused = self.paused or action == asr.Control.ACTION_PAUSE


def seconds(duration):
    return duration.seconds + duration.nanos / 1e9


class Engine(asr_grpc.AsrServiceServicer):
    def GetCapabilities(self, request, context):
        return asr.GetCapabilitiesResponse(capabilities=CAPABILITIES)

    def StreamingRecognize(self, requests, context):
        try:
            yield from listen(requests)
        except Refusal as why:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(why))


def listen(requests):
    """One leg: yields what is to be sent."""
    first = next(requests, None)
    if first is None or not first.HasField("config"):
        raise Refusal("the first message must be a config")
    form = first.config.format
    if (form.encoding, form.sample_rate_hz) not in FORMATS or form.channels > 1:
        raise Refusal("this audio format is not taken")
    ear = Ear(first.config)
    yield answer(ready=asr.Ready(format=form))
    for m in requests:
        what = m.WhichOneof("request")
        if what == "audio":
            yield from ear.audio(m.audio)
        elif what == "update":
            ear.update(m.update)
        elif what == "control":
            yield from ear.control(m.control.action)
        elif what == "config":
            raise Refusal("a second config")
    yield from ear.finish(asr.SpeechEnded.REASON_FORCED)  # the final that is owed


class Health:
    """grpc.health.v1 by hand, for Debian does not package it for Python.

    A HealthCheckRequest is its field 1, the service; a response is its field 1, the status."""

    SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"

    def __init__(self, service):
        self.known = (b"", b"\x0a" + bytes([len(service)]) + service.encode())
        self.stopping = threading.Event()

    def status(self):
        return self.NOT_SERVING if self.stopping.is_set() else self.SERVING

    def check(self, request, context):
        if request not in self.known:
            context.abort(grpc.StatusCode.NOT_FOUND, "an unknown service")
        return self.status()

    def watch(self, request, context):
        if request not in self.known:
            context.abort(grpc.StatusCode.NOT_FOUND, "an unknown service")
        yield self.status()
        while context.is_active() and not self.stopping.wait(1):
            pass
        yield self.status()

    def handler(self):
        return grpc.method_handlers_generic_handler("grpc.health.v1.Health", {
            "Check": grpc.unary_unary_rpc_method_handler(self.check),
            "Watch": grpc.unary_stream_rpc_method_handler(self.watch),
        })


def main():
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--listen", default="127.0.0.1:7070", help="HOST:PORT or unix:PATH to answer at")
    address = flags.parse_args().listen
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # threads inherit it: sigwait alone is told
    health = Health("callward.asr.v1.AsrService")
    # A thread for each stream, and for each client that watches the health.
    # Callward asks a connection that is silent whether anybody is there; without the
    # options, gRPC would end it for that.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=200), options=(
        ("grpc.http2.min_ping_interval_without_data_ms", 5000), ("grpc.keepalive_permit_without_calls", 1)))
    asr_grpc.add_AsrServiceServicer_to_server(Engine(), server)
    server.add_generic_rpc_handlers((health.handler(),))
    if not server.add_insecure_port(address):
        sys.exit("cannot listen at " + address)
    server.start()
    print("listening at", address, flush=True)
    signal.sigwait(ends)
    health.stopping.set()  # callers are still on the line: new ones are sent elsewhere, those end in peace
    server.stop(30).wait()


if __name__ == "__main__":
    main()
