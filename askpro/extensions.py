"""Flask extensions, made bare here and bound to an app in :func:`askpro.create_app`.

Knows nothing of settings; importing it opens no connection.
"""

from __future__ import annotations

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from askpro.store.tables import Base

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
csrf = CSRFProtect()
login = LoginManager()
babel = Babel()
