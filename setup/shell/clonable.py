# Attachments go into the database, so that a clone of it needs no copy of the filestore.
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
env.cr.commit()
