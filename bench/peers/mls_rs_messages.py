"""What mls-rs spends on a message among 25: run by bench/circles.py with the peers' Python."""

import json
import statistics
import sys
import time

from mls_rs_uniffi import (  # type: ignore[import-not-found, unused-ignore]
    CipherSuite,
    Client,
    client_config_default,
    generate_signature_keypair,
)

MEMBERS = 25
TEXT = bytes(102)


def client(number: int) -> Client:
    keys = generate_signature_keypair(CipherSuite.CURVE25519_AES128)
    return Client(str(number).encode(), keys, client_config_default())


def main(runs: int) -> None:
    sender = client(0).create_group(None)
    others = [client(number) for number in range(1, MEMBERS)]
    added = sender.add_members([one.generate_key_package_message() for one in others])
    sender.process_incoming_message(added.commit_message)
    began = time.process_time()
    receiver = others[0].join_group(None, added.welcome_message).group
    join = time.process_time() - began
    sends, receives, size = [], [], 0
    for _ in range(runs):
        began = time.process_time()
        message = sender.encrypt_application_message(TEXT)
        sent = time.process_time()
        receiver.process_incoming_message(message)
        receives.append(time.process_time() - sent)
        sends.append(sent - began)
        size = len(message.to_bytes())
    figures = {
        "sendMs": statistics.median(sends) * 1000,
        "receiveMs": statistics.median(receives) * 1000,
        "joinMs": join * 1000,
        "messageBytes": size,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
