#!/usr/bin/python3
"""A synthesis engine to copy: a server of callward.tts.v1.

It hands each sentence to synthesize. Put your engine there."""

import argparse
import array
import math
import os
import queue
import re
import signal
import sys
import tempfile
import threading
import time
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


generated = contract("callward/speech/v1/speech.proto", "callward/tts/v1/tts.proto")
from callward.speech.v1 import speech_pb2 as speech  # noqa: E402
from callward.tts.v1 import tts_pb2 as tts, tts_pb2_grpc as tts_grpc  # noqa: E402


def synthesize(text, voice, rate):
    """Says a sentence: an array of 16-bit samples at rate per second.

    This one plays a tone for each letter. Replace it."""
    pitch, length = 350 if voice == "high" else 250, rate * 80 // 1000
    pcm = array.array("h")
    for letter in text.lower():
        level, turn = 5000 if letter.isalnum() else 0, 2 * math.pi * (pitch + ord(letter) % 32 * 15) / rate
        swell = math.pi / length  # no clicks
        pcm.extend(int(level * math.sin(swell * i) * math.sin(turn * i)) for i in range(length))
    return pcm


LANGUAGES = ["en", "fr"]
RATES = [8000, 16000, 24000]
# Best first.
VOICES = [tts.Voice(name=name, language_codes=LANGUAGES, gender="neutral", native_sample_rate_hz=16000) for name in ("low", "high")]
# What the engine can do. Claim what holds, no more.
CAPABILITIES = speech.Capabilities(
    api_version="v1", languages=LANGUAGES, streaming_text=True, max_chunk=16 << 10, vendor="you", build="0",
    formats=[speech.AudioFormat(encoding=speech.ENCODING_LINEAR16, sample_rate_hz=r, channels=1) for r in RATES])

PIECE = 0.1  # seconds of audio in a message


def known(name):
    """A voice that there is: the one that is asked for, or the best."""
    return next((v.name for v in VOICES if v.name == name), VOICES[0].name)


def answer(**message):
    return tts.StreamingSynthesizeResponse(**message)


class Text:
    """A context."""

    def __init__(self, name, voice):
        self.id, self.voice = name, voice
        self.waiting, self.flush = "", 0  # not yet spoken; how much of it may be spoken as it is
        self.last = False  # no more pieces follow
        self.seq = self.offset = 0

    def sentence(self):
        """Takes the next sentence, if it is complete or may be spoken as it is."""
        complete = re.search(r"[.!?] ", self.waiting)
        end = complete.end() if complete else len(self.waiting) if self.last else self.flush
        sentence, self.waiting = self.waiting[:end], self.waiting[end:]
        self.flush = max(0, self.flush - end)
        return sentence if sentence.strip() else ""


class Speech:
    """One stream. The thread of gRPC owns it; a second one only receives."""

    def __init__(self, config, requests, refuse):
        self.rate, self.refuse, self.voice = config.format.sample_rate_hz, refuse, known(config.voice)
        self.lead = config.max_lead.seconds + config.max_lead.nanos / 1e9
        self.texts = {}  # by context id, in the order in which they began
        self.now, self.pcm = None, array.array("h")  # what is being spoken, and the rest of its sentence
        self.played = 0.0  # when the audio sent so far will have been played
        self.inbox = queue.Queue()
        threading.Thread(target=self.receive, args=(requests,), daemon=True).start()

    def receive(self, requests):
        try:
            for request in requests:
                self.inbox.put(request)
        except grpc.RpcError:
            pass  # the client is gone
        self.inbox.put(None)

    def run(self):
        """Yields what is to be sent, until all is spoken and nothing more will come."""
        over = False
        while not over or self.texts:
            yield from self.choose()
            if over and not self.texts:
                return
            try:
                request = self.inbox.get(timeout=self.pause()) if not over else self.sleep(self.pause())
            except queue.Empty:
                yield self.piece()
                continue
            if request is None:
                over = True
                for text in self.texts.values():
                    text.last = True
            else:
                yield from self.take(request)

    @staticmethod
    def sleep(duration):
        time.sleep(duration or 0)
        raise queue.Empty

    def choose(self):
        """Takes a sentence if none is being spoken, and says of texts that end here that they are done."""
        if self.pcm:
            return
        while self.texts:  # the first to its end: texts are never mixed
            text = next(iter(self.texts.values()))
            sentence = text.sentence()
            if sentence:
                self.now, self.pcm = text, synthesize(sentence, text.voice, self.rate)
            if sentence or not text.last:
                return
            del self.texts[text.id]
            yield answer(done=tts.Done(context_id=text.id, total_samples=text.offset, cause=tts.Done.CAUSE_COMPLETE))

    def pause(self):
        """Seconds until a piece is due; None if there is none."""
        if not self.pcm:
            return None
        now = time.monotonic()
        self.played = max(self.played, now)
        return max(0, self.played + PIECE - self.lead - now) if self.lead else 0

    def piece(self):
        n, text = int(self.rate * PIECE), self.now
        pcm, self.pcm = self.pcm[:n], self.pcm[n:]
        self.played += PIECE
        if sys.byteorder == "big":
            pcm.byteswap()
        message = answer(audio=tts.Audio(context_id=text.id, seq=text.seq, data=pcm.tobytes(), offset_samples=text.offset))
        text.seq, text.offset = text.seq + 1, text.offset + len(pcm)
        return message

    def take(self, m):
        what = m.WhichOneof("request")
        if what == "input":
            self.input(m.input)
        elif what == "flush" and m.flush.context_id in self.texts:
            text = self.texts[m.flush.context_id]
            text.flush = len(text.waiting)
        elif what == "cancel":
            text = self.drop(m.cancel.context_id)
            yield answer(canceled=tts.Canceled(context_id=m.cancel.context_id, last_offset_samples=text.offset if text else 0))
        elif what == "update" and m.update.voice:
            self.voice = known(m.update.voice)
        elif what == "config":
            self.refuse(grpc.StatusCode.INVALID_ARGUMENT, "a second config")

    def drop(self, name):
        text = self.texts.pop(name, None)
        if text and text is self.now:
            self.pcm = array.array("h")
        return text

    def input(self, given):
        if given.WhichOneof("content") == "ssml":
            self.refuse(grpc.StatusCode.INVALID_ARGUMENT, "SSML is not claimed")
        waiting = len(given.text) + sum(len(t.waiting) for t in self.texts.values())
        if waiting > CAPABILITIES.max_chunk or len(self.texts) == 100:
            self.refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much text waits to be spoken")
        text = self.texts.setdefault(given.context_id, Text(given.context_id, self.voice))
        if not text.last:
            text.waiting += given.text
            text.last = given.last


class Engine(tts_grpc.TtsServiceServicer):
    def GetCapabilities(self, request, context):
        return tts.GetCapabilitiesResponse(capabilities=CAPABILITIES)

    def ListVoices(self, request, context):
        base = request.language_code.lower().split("-")[0]
        return tts.ListVoicesResponse(voices=[v for v in VOICES if not base or base in v.language_codes])

    def StreamingSynthesize(self, requests, context):
        first = next(requests, None)
        if first is None or not first.HasField("config"):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the first message must be a config")
        base = first.config.session.language_code.lower().split("-")[0]
        if base and base not in LANGUAGES:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "this language is not spoken")
        form = first.config.format
        if form.encoding != speech.ENCODING_LINEAR16 or form.sample_rate_hz not in RATES or form.channels > 1:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "this audio format is not made")
        yield answer(ready=tts.Ready(format=form, voice=known(first.config.voice)))
        yield from Speech(first.config, requests, context.abort).run()


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
    flags.add_argument("--listen", default="127.0.0.1:7071", help="HOST:PORT or unix:PATH to answer at")
    address = flags.parse_args().listen
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # threads inherit it: sigwait alone is told
    health = Health("callward.tts.v1.TtsService")
    # A thread for each stream, and for each client that watches the health.
    # Callward asks a connection that is silent whether anybody is there; without the
    # options, gRPC would end it for that.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=200), options=(
        ("grpc.http2.min_ping_interval_without_data_ms", 5000), ("grpc.keepalive_permit_without_calls", 1)))
    tts_grpc.add_TtsServiceServicer_to_server(Engine(), server)
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
