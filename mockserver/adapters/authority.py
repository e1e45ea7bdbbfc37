"""The certificate authority of one run, for clients that know only https://open.tiktokapis.com and use the proxy."""

import os
import secrets
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mockserver.endpoints.addresses import API_HOST

_LIFE = timedelta(days=30)
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tiktok-mock, one run only")])
# The variables from which programs in several languages read their proxy, and the authorities that they trust
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "http_proxy")  # Ruby reads the last one, also for https
_NO_PROXY = "localhost,127.0.0.1,::1"
_PHP_SETTINGS = "curl.cainfo={file}\nopenssl.cafile={file}\n"  # PHP reads no variable for authorities, but a folder
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


class NotOurCertificate(Exception):
    """The file for the certificate of the authority has other content, which is not overwritten."""


class Authority:
    """A certificate authority for the API's host alone, whose key never leaves the memory of this process.

    A context manager: within it, `file` holds the certificate, and only this user can read the file. Without a file, it
    makes a temporary one and deletes it at the end. A temporary folder has a setting of PHP with the file. context: TLS
    as the API's host, for the server.
    Raises NotOurCertificate or OSError.
    """

    def __init__(self, file: Path | None = None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate(_NAME, key, _NAME, key, _root_extensions(key))
        self.context = _server_context(root, key)
        self.file = file or Path()
        self._certificate, self._is_temporary = root.public_bytes(Encoding.PEM), file is None

    def __enter__(self) -> "Authority":
        if self._is_temporary:
            descriptor, name = tempfile.mkstemp(prefix="tiktok-mock-", suffix=".pem")
            self.file = Path(name)
        else:
            _check(self.file)
            descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            os.fchmod(descriptor, 0o600)
            out.write(self._certificate)
        self._php = tempfile.TemporaryDirectory(prefix="tiktok-mock-php-")
        Path(self._php.name, "tiktok-mock.ini").write_text(_PHP_SETTINGS.format(file=f'"{self.file.absolute()}"'))
        return self

    def __exit__(self, *_: object) -> None:
        self._php.cleanup()
        if self._is_temporary:
            self.file.unlink(missing_ok=True)

    def environment(self, url: str) -> dict[str, str]:
        """The variables that make an unmodified client use the proxy at `url` and trust this authority."""
        file = str(self.file.absolute())
        return {
            **dict.fromkeys(_PROXY_VARIABLES, url),
            "no_proxy": _NO_PROXY,
            **dict.fromkeys(_CA_VARIABLES, file),
            "NODE_USE_ENV_PROXY": "1",
            "PHP_INI_SCAN_DIR": f"{os.pathsep}{self._php.name}",  # after its own folder
        }


def _check(file: Path) -> None:
    """Raise NotOurCertificate if a file has any content but a certificate from an earlier run."""
    if file.exists() and file.stat().st_size:
        try:
            is_ours = x509.load_pem_x509_certificate(file.read_bytes()).issuer == _NAME
        except ValueError:
            is_ours = False
        if not is_ours:
            raise NotOurCertificate(f"{file} exists and is not a certificate of this mock")


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _LIFE)
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    return builder.sign(issuer_key, SHA256())


def _root_extensions(key: ec.EllipticCurvePrivateKey) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.NameConstraints([x509.DNSName(API_HOST)], None), True),  # trusted for nothing else
        (_usage(key_cert_sign=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ]


def _usage(*, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not key_cert_sign,
        key_cert_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _server_context(root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, API_HOST)])
    leaf = _certificate(
        name,
        key,
        _NAME,
        root_key,
        [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.SubjectAlternativeName([x509.DNSName(API_HOST)]), False),
            (_usage(), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        ],
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    # The ssl module reads keys from files only: this one is encrypted with a random password, and deleted at once.
    password = secrets.token_bytes(24).hex().encode()
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    with tempfile.NamedTemporaryFile() as file:
        file.write(encrypted + leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name, password=password)
    return context
